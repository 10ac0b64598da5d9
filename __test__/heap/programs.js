// @ts-check
// Programs that leak in one way each, and programs that do not: what is to be said of each. Their text stands in
// __test__/programs/heap/, in files named by their titles. A program exports (or runs) `step(i)`, called some hundred
// times between captures; the line that is to be named bears `// here`.
'use strict'

const fs = require('node:fs')
const path = require('node:path')

/**
 * @typedef {object} Leak
 * @property {string | null} [name] of the variable or property that holds what is leaked; null where it is not known
 * @property {string} [function] whose variable it is
 * @property {RegExp} [kind] which kinds are right
 * @property {string} [file] when it is not store.js
 * @property {RegExp} [says] what the message or advice says
 * @property {boolean} [isCounted] false where there is more or less than one thing a step
 * @property {number} [also] findings beside the first that are true too
 * @property {string} [culprit] when it is another file than that of the program
 */

/** @type {Record<string, Leak>} */
const LEAKS = {
  // V8 does not say which name belongs to a variable that holds a number: none of them may become another's.
  'a Map beside numbers': { name: 'kept', function: 'createStore' },
  'a Map in a block beside numbers': { name: null, function: '' },
  'a variable of a closure': { name: 'kept' },
  'a variable of a CommonJS module': { name: 'sessions' },
  'a variable of an ES module': { name: 'sessions', file: 'store.mjs' },
  'an exported array': { name: 'queue' },
  'a dictionary without a prototype': { name: 'byToken' },
  'a plain object as a dictionary': { name: 'byToken' },
  'a public field': { name: 'pending' },
  'a private field': { name: '#pending' },
  'a static field': { name: 'all' },
  'values of a WeakMap whose key lives': { name: 'meta' },
  'promises that never settle': { name: 'waiting', kind: /promise|collection/ },
  'handlers that wait for a promise': { name: 'ready', kind: /promise|closure/ },
  'async functions that wait at an await': { name: 'gate', kind: /promise|closure/ },
  'generators that are not finished': { name: 'cursors' },
  timers: { kind: /timer/ },
  'timers of one duration each': { kind: /timer/ },
  'listeners of an emitter': { name: 'bus', kind: /listener/ },
  'listeners of an EventTarget': { name: 'target', kind: /listener/ },
  'listeners of an AbortSignal': { name: 'shutdown', kind: /listener/ },
  'stores of AsyncLocalStorage': { kind: /timer|context|object|closure/ },
  'keys of a Map': { name: 'seen' },
  'a Map in a Map': { name: 'rooms' },
  'a Map that a WeakMap keeps for a function': { name: 'caches' },
  'a Map of Maps': { name: 'rooms' },
  'a Set': { name: 'tokens' },
  'a linked list': { name: 'head' },
  'an array of arrays': { name: 'rows' },
  'Buffers in an array': { name: 'chunks', kind: /buffer|collection/ },
  'small slices of large strings': { name: 'names', kind: /string/, says: /slice|part of/i },
  'small Buffers that pin a pool': { name: 'heads', kind: /buffer/, says: /pin|larger|whole/i },
  'small views of large Buffers': { name: 'heads', kind: /buffer/, says: /pin|larger|whole/i },
  'a scope that holds something large for the sake of another closure': { name: 'callbacks', kind: /closure|context/ },
  'properties that are symbols': { name: 'Symbol(listeners)' },
  'the target of a Proxy': { name: 'rows' },
  'bound functions': { name: 'tasks', kind: /closure|collection/ },
  'a property of globalThis': { name: 'leakedHere' },
  'modules imported under ever new names': {
    isCounted: false,
    name: 'modules',
    culprit: 'plugin.mjs',
    says: /every module/
  },
  'files required anew, their cache entry deleted': { name: 'modules', says: /every module/ },
  'what a bound method collects for an emitter': { name: 'seen' },
  'what only a bound listener holds': { name: 'seen' },
  'the queue of an agent': { isCounted: false, kind: /./, name: 'globalAgent' },
  'an interned name for each, in a dictionary without prototype': { name: 'seen' },
  'an interned name for each': { name: 'seen' },
  'a variable of a function that runs at once': { name: 'kept' },
  'a static private field': { name: '#all' },
  'a field of a static block': { name: 'registry' },
  'what a generator holds that goes on': { name: 'collect', says: /local variable of collect/ },
  'what an async function holds that goes on': { name: 'collect', says: /local variable of collect/ },
  'a property of module.exports': { name: 'registry' },
  'a property of an exported object of an ES module': { name: 'registry', file: 'store.mjs' },
  'one that globalThis and a variable hold': { name: 'shared' },
  'a variable that has no value at first': { name: 'late' },
  'a dictionary with numbers for keys': { name: 'byId' },
  'properties that come one by one': { name: 'flags' },
  'an object in a Map in a Map': { name: 'rooms' },
  'arrays in an array of few': { name: 'shards' },
  'the store of an AsyncLocalStorage that lives': { name: 'log' },
  'a closure in a timer': { name: 'batch' },
  'what a listener closes over': { name: 'history' },
  'a Set of typed arrays': { name: 'frames', kind: /buffer|collection/ },
  'typed arrays in an array': { name: 'frames', kind: /buffer|collection/ },
  'numbers in an array': { name: 'samples' },
  'a string that grows': { name: 'log', kind: /string/, isCounted: false },
  'concatenated strings in an array': { name: 'lines', kind: /string|collection/ },
  'a chain of promises': { kind: /promise|closure|object|collection/, isCounted: false },
  'Promise.race against one that stays': { kind: /promise/, name: 'stop', isCounted: false },
  'keys of a WeakMap that live, in an array': { name: 'owners' },
  'WeakRefs in a Map': { name: 'refs' },
  'errors with their stacks': { name: 'failures' },
  'class instances with Maps of their own': { name: 'users' },
  'a doubly linked list': { name: 'head' },
  'symbols as keys of an object': { name: 'table' },
  'contexts kept by functions': { name: 'handlers', kind: /closure|context|collection/ },
  'listeners of one event on many emitters': { name: 'sockets', kind: /listener|collection|closure|object/ },
  'listeners of process': { name: 'process', kind: /listener/ },
  'abort signals that follow another': { kind: /./, also: 1, isCounted: false, name: 'signals' },
  'intervals that are in a list too': { kind: /timer|collection/ },
  'a Map behind a bound function': { name: 'step' },
  'a Map that only a bound function holds': {}
}

const CLEAN = [
  'work that warms up',
  'what fills and stays',
  'entries that come and go',
  'a bounded cache',
  'reading and parsing',
  'the guard of leakguard at work',
  'caches keyed weakly',
  'files that are required late',
  'functions that are compiled late',
  'modules that are required late',
  'regular expressions',
  'many classes',
  'requests over loopback with connections kept',
  'a cache that is full after the second capture',
  'JSON and texts',
  'fetches, streams and timers that end',
  'async contexts that end',
  'crypto and zlib',
  'a sliding window'
]

/** The text of a program. @param {'leaks' | 'clean'} folder @param {string} title @param {string} [file] as which it runs */
function textOf(folder, title, file = 'store.js') {
  const name = title
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
  return fs.readFileSync(path.join(__dirname, '../programs/heap', folder, name + path.extname(file)), 'utf8')
}

module.exports = { LEAKS, CLEAN, textOf }
