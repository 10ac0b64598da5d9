// @ts-check
// Whether the program's code takes out again what it puts into a container, by size, time or in turn:
// `if (recent.length > 10_000) recent.shift()`. What is filling cannot be told from a leak by anything else. What takes
// one out at its own end (`response.on('close', …)`) bounds nothing when that end does not come. And whether it may be full
// one day without anything being taken out: by its size, or by keys that repeat. Reads files, runs nothing.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { fileURLToPath } = require('node:url')
const { Outline } = require('./outline.js')

/** Larger ones are bundles, in which names mean little, and would take long. */
const FILE_BYTES_MAX = 1_000_000
const BYTES_MAX = 3_000_000
const FILES_MAX = 300
/** Places of a name in a text that are looked at. */
const PLACES_MAX = 60
/** Smaller numbers bound nothing that anybody would take for a leak. */
const BOUND_MIN = 16
/** Functions that are called by functions, so deep; what stands in more than so much else is not read. */
const CALLS_MAX = 4
const LEVELS_MAX = 40
/** Places whose surroundings are read, in all: then the code counts as one that cannot be read. */
const READ_MAX = 2000
/** Entries are taken out by their keys whenever somebody asks for that, and in no other way: nobody knows how many stay. */
const BY_KEY = Number.MAX_VALUE

const EVENTS = /['"`](?:close|finish|end|error|aborted|abort|exit|disconnect|response|onResponse|onRequestAbort)['"`]/
const LISTENS = /(?:^|[.?])(?:on|once|addListener|prependListener|prependOnceListener|addEventListener|addHook)$/
const ENDS = /(?:^|[.?])(?:end|write|send|finished|onFinished|pipeline|eos)$/
/** What is handed over to be called once, when what it belongs to is over. */
const DISPOSES =
  /(?:^|[.?])(?:Subscription|Disposable|addTeardown|onCleanup|onScopeDispose|onUnmounted|onDestroy|onDispose|defer|finalize)$/
const RETURNED = /\breturn\s+(?:\{[^{}]*:\s*)?(?:async\s+)?(?:function\b[^{}]*|(?:\([^()]*\)|[\w$]+)\s*=>[^;]*)$/
/** The head of a function without a name. */
const ANONYMOUS = /=>\s*$|\bfunction\s*\*?\s*\([^)]*\)\s*$/
const PASSES = /(?:^|[.?])(?:if|while|for|switch|catch|with|await|return|Promise)$/
/** What comes when something has come to its end. */
const SETTLED = /[.?](?:then|finally|catch)$/
/** What runs it later, or for one after the other. */
const LATER =
  /(?:^|[.?])(?:set(?:Timeout|Interval|Immediate)|nextTick|queueMicrotask|schedule\w*|debounce|throttle|cron|every)$/i
const FOR_EACH =
  /(?:^|[.?])(?:forEach\w*|map|flatMap|filter|some|every|find\w*|reduce|each\w*|walk\w*|entries|keys|values)$/
/** What ends the container, not what is in it. */
const OVER = /^(?:complete|error|close|destroy|dispose|terminate|shutdown|unsubscribe)$/
/** What is called so takes out what is old, whoever calls it. */
const SWEEPS = /expire|evict|sweep|prune|purge|clean|trim|gc$|reap|drop|rotate|flush|drain/i
const CLASS = /\bclass\b[^;]*$/
/** Behind it there is what Node calls one day, not what holds data. */
const CALLED = /^(?:_events|_onTimeout|_onImmediate)$/
/** Events of servers, which programs answer. */
const SERVED = /^(?:request|connection|secureConnection|upgrade|connect|stream|session|message|data|checkContinue)$/
/** Functions that call what takes something out, so many steps back. */
const ASKED_CALLS = 2
/** What a condition asks of time. */
const AGED = /now\b|\bttl|expir|stale|\bage\b|maxage|deadline/i
/** What begins anew. */
const RESETS = /^(?:clear|reset|empty)(?:[A-Z]\w*)?$/
const RESETS_MAX = 2
const SIZE = /\.(?:length|size)\b/
const LOOPS = /\b(?:for(?:\s+await)?|while)\s*\(|\bdo\s*$/
const FAILED = /^(?:on|handle)_?[eE]rror|^(?:on)?[fF]ail(?:ed|ure)?(?=[A-Z_]|$)/
const CONDITION = /\b(?:if|while)\s*\(|&&|\?/
const WHEN = /now\b|\bttl|expir|stale|idle|\bage\b|maxage|deadline|\.(?:length|size)\b/i
/** A number or a name, or what is reckoned from some. */
const RECKONED = '[\\w$.#]{1,60}(?:\\s*(?:\\*\\*?|<<|[-+/%])\\s*[\\w$.#()]{1,60}){0,3}(?![\\w$.#])'
/** What a number is called that bounds something. */
const LIMITS = /max|limit|cap(?:acity)?$|bound|most|quota|budget/i
const NAMES_MAX = 8
/** More keys than this are no few that repeat. */
const KEYS_MAX = 100_000
/** A key is made so near to where it is used. */
const KEY_CHARACTERS = 250
/** A link of a chain takes what was there before so near to where it is put. */
const LINK_CHARACTERS = 400

/** What libraries bound in code that is not read. lodash clears its own caches of keys at this number; who memoizes has none. */
const KNOWN = [{ file: /[\\/]node_modules[\\/]lodash(?:-es)?[\\/]/, name: '__data__', entries: 500 }]

let left = READ_MAX

/** A number of the language, `10_000` and `1e4` too. @param {string} text */
function numberOf(text) {
  const value = Number(text.replaceAll('_', ''))
  return Number.isFinite(value) && value >= BOUND_MIN ? value : undefined
}

/** @param {string} text for a regular expression, where names may have `$` and `#` */
const quoted = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

/** @typedef {InstanceType<typeof Outline>} Code */

/** Of a text, what its names are given: looked for once. @type {{ text: string, given: Map<string, string | undefined> }} */
let looked = { text: '', given: new Map() }

/** The number that a constant or a field is given, if it is given no other thing anywhere. @param {string} text @param {string} name */
function declared(text, name) {
  const last = name.split('.').at(-1) ?? name
  if (looked.text !== text) looked = { text, given: new Map() }
  if (!looked.given.has(last)) looked.given.set(last, givenTo(text, quoted(last)))
  return looked.given.get(last)
}

/** @param {string} text @param {string} quotedName */
function givenTo(text, quotedName) {
  const assigned = new RegExp(`(?<![\\w$#])${quotedName}\\s*[:=](?![=>])\\s*([\\w$.]*)(\\s*[-*+/%<(])?`, 'g')
  const all = [...text.matchAll(assigned)]
  const isFixed = all.every(({ index, 0: found, 1: value, 2: more }) => {
    // That of a parameter is what it is without one.
    const isParameter = /[(,]\s*\{?[^{\n]*$/.test(text.slice(Math.max(0, index - 40), index)) && !/:/.test(found)
    return !more && value === all[0][1] && !isParameter
  })
  return isFixed ? all[0]?.[1] : undefined
}

/** @param {string} text @param {string} bound as it stands there: a number, or what has one; what is reckoned is not */
function numberAt(text, bound) {
  if (/[^\w$.#]/.test(bound)) return Infinity
  return numberOf(bound) ?? numberOf(declared(text, bound) ?? '') ?? (/^[\d.]/.test(bound) ? 0 : Infinity)
}

/**
 * Who makes a place of code run: `never`, the `end` of what was put in, or `other`: nobody knows how often.
 * @param {Code} code @param {number} at @param {(name: string, depth: number) => string} calledBy @param {number} depth
 */
function runs(code, at, calledBy, depth) {
  left--
  let level = 0
  let isLooped = false
  // What goes wrong is taken out; what goes right stays.
  let isFailing = false
  for (const { before, callee, given, isBlock } of code.levels(at)) {
    if (left < 0 || ++level > LEVELS_MAX) return 'other'
    if (CONDITION.test(before) && WHEN.test(before)) return 'other'
    const isCallback = isFunctionGiven(callee, given)
    const name = functionName(before, isBlock)
    if (depth > 0 && (name ? FAILED.test(name) : isCallback && /[.?]catch$/.test(callee))) return 'end'
    isLooped ||= LOOPS.test(before)
    // `return () => listeners.delete(listener)`: whoever came first says when.
    if (depth > 0 && !isLooped && RETURNED.test(before)) return 'end'
    const isClass = CLASS.test(before)
    if (name || isClass || (isCallback && !PASSES.test(callee))) {
      if (isLooped) return 'other'
      if (isFailing) return 'end'
    }
    if (!isLooped && /\bfinally\s*$/.test(before)) return 'end'
    isFailing ||= depth > 0 && /\bcatch\s*(?:\([^)]*\)\s*)?$/.test(before)
    // What is made with an object is made once.
    if (isClass || name === 'constructor') return 'never'
    if (name) return depth > 0 ? calledBy(name, depth - 1) : 'other'
    if (level === 1 && LATER.test(callee)) return 'other'
    if (!isCallback || PASSES.test(callee)) continue
    if (LISTENS.test(callee) && EVENTS.test(given)) return 'end'
    return ENDS.test(callee) || DISPOSES.test(callee) ? 'end' : 'other'
  }
  return isLooped ? 'other' : isFailing ? 'end' : 'never'
}

/** @param {string} callee @param {string} given */
const isFunctionGiven = (callee, given) => callee !== '' && /=>|\bfunction\b/.test(given)

/**
 * Whether a place runs only when somebody asks for it who says the key: not in turn, by size, after a time, or when something
 * else has come to its end.
 * @param {Code} code @param {number} at @param {string} key what the key begins with; '' for what is called by whoever has it
 * @param {Code[]} all @param {number} depth
 * @returns {boolean}
 */
function isAskedFor(code, at, key, all, depth) {
  left--
  let level = 0
  let isGiven = key === ''
  let isInFunction = false
  // What was waited for has come to its end.
  if (/\bawait\b/.test(code.text.slice(Math.max(0, at - LINK_CHARACTERS), at))) return false
  for (const { before, callee, given, isBlock } of code.levels(at)) {
    if (left < 0 || ++level > LEVELS_MAX || LOOPS.test(before)) return false
    const isCompared = /[<>]|===?/.test(before) && CONDITION.test(before)
    if (CONDITION.test(before) && (SIZE.test(before) || LIMITS.test(before) || (isCompared && !AGED.test(before))))
      return false
    if (LATER.test(callee) || FOR_EACH.test(callee) || SETTLED.test(callee)) return false
    const name = functionName(before, isBlock)
    const isCallback = isFunctionGiven(callee, given) && !PASSES.test(callee)
    if (isCallback && LISTENS.test(callee)) return false
    if (CLASS.test(before)) return isGiven
    if (!name && !isCallback) continue
    isInFunction = true
    isGiven ||= isParameter(name ? before : given, key)
    // What is run by whom nobody knows may run by itself.
    if (!isGiven || (name && SWEEPS.test(name))) return false
    if (!name || depth === 0) return true
    // Names further back are of their own file: elsewhere others are called the same.
    return callsOf(name, key === '' ? [code] : all).every(
      ([other, index]) => isCalledAt(other.text, index, name) && isAskedFor(other, index, '', all, depth - 1)
    )
  }
  return isGiven || !isInFunction
}

/** Called there, not handed on. @param {string} text @param {number} at @param {string} name */
const isCalledAt = (text, at, name) =>
  new RegExp(`^[.?\\s]*${quoted(name)}\\s*(?:\\?\\.)?\\(`).test(text.slice(at, at + LINK_CHARACTERS))

/** What a key begins with that an entry is taken out by, and that of what it was taken from. @param {string} text @param {number} at where the key begins */
function keyAt(text, at) {
  const name = /^\s*([\w$]+)/.exec(text.slice(at, at + KEY_CHARACTERS))?.[1] ?? '?'
  const earlier = text.slice(Math.max(0, at - LINK_CHARACTERS), at)
  const made = new RegExp(
    `\\b(?:const|let|var)\\s+(?:${quoted(name)}|\\{[^}]*(?<![\\w$])${quoted(name)}(?![\\w$])[^}]*\\})\\s*=\\s*([\\w$]+)((?:\\??\\.[\\w$]+)*)\\s*(?![\\w$.([?])`
  )
  const from = made.exec(earlier)
  return from ? from[1] : name
}

/** Whether a function that a text ends with the head of is given this. @param {string} head @param {string} key */
function isParameter(head, key) {
  const parameters = /\(([^()]*(?:\([^()]*\)[^()]*)*)\)\s*(?::[^={]*)?(?:=>\s*)?$|([\w$]+)\s*=>\s*$/.exec(head)
  return new RegExp(`(?<![\\w$])${quoted(key)}(?![\\w$])`).test(parameters?.[1] ?? parameters?.[2] ?? '')
}

/** A field of a new object, where that is made. @param {Code} code @param {number} at */
function isMade(code, at) {
  const { text } = code
  if (!/(?<![\w$.])this\.$/.test(text.slice(Math.max(0, at - 20), at))) return false
  for (const { before, isBlock } of code.levels(at)) {
    const name = functionName(before, isBlock)
    if (name) return /^(?:[A-Z]|constructor$)/.test(name)
    if (ANONYMOUS.test(before)) return false
  }
  return false
}

/** What a function is called whose head a statement ends with. @param {string} before @param {boolean} isInBlock */
function functionName(before, isInBlock) {
  const head =
    /\bfunction\s*\*?\s*([\w$]+)\s*\([\s\S]*$/.exec(before) ??
    /([\w$#]+)\s*(?::[^=,]*)?[:=]\s*(?:async\s*)?(?:function\b[\s\S]*|(?:\([\s\S]*?\)|[\w$]+)\s*=>)[\s\S]*$/.exec(
      before
    )
  if (head) return head[1]
  const method = isInBlock && /^\s*(?:(?:async|static|get|set)\s+|\*\s*)*([\w$#]+)\s*\([\s\S]*\)\s*$/.exec(before)
  return method && !/^(?:if|for|while|switch|catch|with)$/.test(method[1]) ? method[1] : undefined
}

/**
 * What bounds a container of one of these names in these texts: a number of entries; `Infinity` where entries are taken
 * out by what cannot be read; `BY_KEY` where whoever asks takes them out; nothing where the code takes none out, or only at
 * the end of each.
 * @param {Code[]} all @param {string[]} names @param {Code[]} [own] the program's of these @returns {number | undefined}
 */
function boundIn(all, names, own = all) {
  left = READ_MAX
  let bound = 0
  for (const code of all)
    for (const name of names) if (bound < Infinity) bound = together([bound, ...boundsOf(code, name, all, own)])
  return bound || undefined
}

/** What several bounds are together: one by key and another, of whatever kind, cannot be read. @param {number[]} bounds */
function together(bounds) {
  const found = bounds.filter((bound) => bound > 0)
  const isByKey = found.includes(BY_KEY)
  return isByKey && found.some((bound) => bound !== BY_KEY) ? Infinity : Math.max(0, ...found)
}

/** Patterns of a condition on the size of something, which capture what it is compared with. @param {string} itself a pattern @param {string} quotedName */
const comparisons = (itself, quotedName) => ({
  first: `${itself}\\??\\.(?:length|size)\\s*(?:[<>]=?|===?)\\s*(${RECKONED})`,
  turned: `(?<![\\w$.#])(${RECKONED})\\s*(?:[<>]=?|===?)\\s*(?:[\\w$.#]{1,80}\\.)?${quotedName}\\.(?:length|size)(?![\\w$])`
})

/** @param {Code} code @param {string} name @param {Code[]} all @param {Code[]} own */
function boundsOf(code, name, all, own) {
  const { text } = code
  const quotedName = quoted(name)
  const variable = `(?:^|[^\\w$#])(?:[\\w$.#]{1,80}\\??\\.)?${quotedName}`
  const { first, turned } = comparisons(variable, quotedName)
  const isSized = new RegExp(`(?:${first}|${turned})[^;\\n]{0,60}\\)\\s*\\{?\\s*[^;]{0,80}$`, 'm')
  /** @type {number[]} */
  const bounds = []
  const taken = new RegExp(
    `${variable}\\??(?:\\.(?:shift|pop|splice|delete|clear|off|removeListener|removeAllListeners)\\s*\\(|\\.length\\s*=[^=]|\\s*=\\s*[^=;\\n]*\\.(?:slice|filter)\\()|\\bdelete\\s+(?:[\\w$.#]+\\??\\.)?${quotedName}\\s*(?:\\?\\.)?[.[]`,
    'gm'
  )
  for (const { index, 0: found } of [...text.matchAll(taken)].slice(0, PLACES_MAX)) {
    const at = index + found.search(/[\w$#]/)
    const sized = isSized.exec(text.slice(Math.max(0, at - 200), at))
    const bound = sized ? numberAt(text, sized[1] ?? sized[2]) : 0
    if (bound > 0) bounds.push(bound)
    else if (isInTurn(found, text.slice(index + found.length))) {
      if (isUnusedReset(code, at, all)) continue
      if (runs(code, at, () => 'other', 0) !== 'never') bounds.push(isOver(code, at, own) ? BY_KEY : Infinity)
    } else if (takes(code, at, all)) {
      const key = keyAt(text, index + found.length)
      bounds.push(isAskedFor(code, at, key, all, ASKED_CALLS) ? BY_KEY : Infinity)
    }
  }
  // Made from what it was: `recent: [...recent.slice(-99), request]`, `recent = limit(recent, 100)`.
  const self = `[^;\\n]{0,200}?(?<![\\w$])${quotedName}`
  const made = `${quotedName}\\s*(?::${self}\\??\\.(?:slice|filter|toSpliced)\\(|(?::|=(?![=>]))\\s*[\\w$.]{1,80}\\(${self}(?![\\w$]))`
  for (const { index } of [...text.matchAll(new RegExp(`(?<![\\w$#])${made}`, 'gm'))].slice(0, PLACES_MAX))
    if (runs(code, index, () => 'other', 0) !== 'never') bounds.push(Infinity)
  // Begun anew, handed on: `batch = []`, `old = young`. Not what is made when it is first wanted, nor a link of a chain.
  const anew = new RegExp(
    `(?<!(?:const|let|var)\\s+|[\\w$#]|[^s]\\.)${quotedName}\\s*=(?![=>])\\s*([^;]{0,200}?)(?:[;\\n]|$)`,
    'gm'
  )
  const isFirst = new RegExp(`!\\s*(?:this\\.)?${quotedName}(?![\\w$])|${quotedName}\\s*(?:===?|\\?\\?|\\|\\|)`)
  for (const { index, 1: value } of [...text.matchAll(anew)].slice(0, PLACES_MAX)) {
    if (
      isLink(text, index, value, quotedName) ||
      isFirst.test(text.slice(Math.max(0, index - 60), index)) ||
      isMade(code, index) ||
      isUnusedReset(code, index, all)
    )
      continue
    if (takes(code, index, all)) bounds.push(isOver(code, index, own) ? BY_KEY : Infinity)
  }
  bounds.push(...turns(code, variable, all))
  const fixed = `(?:^|[^\\w$])${quotedName}\\s*=\\s*(?:new Array\\s*(?:<[^>]*>)?\\(\\s*|Array\\.from\\(\\s*\\{\\s*length\\s*:?\\s*)([\\w$.#]+)`
  for (const [, bound] of text.matchAll(new RegExp(fixed, 'gm'))) bounds.push(numberAt(text, bound) || Infinity)
  // What is called once is over then, for whoever calls it.
  if (new RegExp(`${variable}\\??\\.once\\(`).test(text) && new RegExp(`${variable}\\??\\.emit\\(`).test(text))
    bounds.push(Infinity)
  return bounds
}

/** What was there before is in what comes: `last = { before: last }`, `const before = last; last = () => before`. @param {string} text @param {number} at @param {string} value @param {string} quotedName */
function isLink(text, at, value, quotedName) {
  const isName = new RegExp(`(?<![\\w$#])${quotedName}(?![\\w$])`)
  if (isName.test(value)) return true
  const earlier = text.slice(Math.max(0, at - LINK_CHARACTERS), at)
  const taken = [...earlier.matchAll(/\b(?:const|let|var)\s+([\w$]+)\s*=(?![=>])([^;\n]{0,200})/g)]
  return taken.some(([, name, from]) => {
    // Itself, or that or nothing; not what is made of it.
    const choices = from.split(/\?(?![.?])|(?<!\?):|\?\?/).map((choice) => choice.trim())
    const isWhole = choices.some((choice) => isName.test(choice) && /^[\w$#]+$/.test(choice))
    return isWhole && new RegExp(`(?<![\\w$#.])${quoted(name)}(?!\\s*(?:[\\w$.[]|\\?\\.))`).test(value)
  })
}

/** What is written over when its index begins anew. @param {Code} code @param {string} variable a pattern @param {Code[]} all */
function* turns(code, variable, all) {
  const { text } = code
  const written = new RegExp(`${variable}\\s*\\[([^\\]\\n]{1,80})\\]\\s*=(?![=>])`, 'gm')
  for (const [, index] of [...text.matchAll(written)].slice(0, PLACES_MAX)) {
    const rest = /%\s*([\w$.#]+)/.exec(index)
    if (rest) yield numberAt(text, rest[1]) || Infinity
    else if (/&|Math\./.test(index)) yield Infinity
    const name = /^(?:[\w$#]+\.)*([\w$#]+)(?:\+\+|--)?$/.exec(index.trim())?.[1]
    if (!name) continue
    const anew = new RegExp(
      `(?<!(?:const|let|var)\\s+|[\\w$#])${quoted(name)}\\s*=(?![=>])[^;\\n]*?(?:%|&|(?<![\\w$.])0(?![\\w.]))`,
      'g'
    )
    for (const { index: at } of [...text.matchAll(anew)].slice(0, PLACES_MAX)) if (takes(code, at, all)) yield Infinity
  }
}

/** What the functions are called in which a place stands, '' for no name. @param {Code} code @param {number} at */
function namesAround(code, at) {
  return [...code.levels(at)].flatMap(({ before, isBlock }) => {
    const name = functionName(before, isBlock)
    return name || ANONYMOUS.test(before) ? [name ?? ''] : []
  })
}

/**
 * For whoever wants to begin anew, and nobody does but others of the kind: `resetMetrics()` calls `reset()`.
 * @param {Code} code @param {number} at @param {Code[]} all @param {number} [depth]
 * @returns {boolean}
 */
function isUnusedReset(code, at, all, depth = RESETS_MAX) {
  const [name = ''] = namesAround(code, at)
  if (name === 'constructor') return depth < RESETS_MAX
  if (depth < 0 || !RESETS.test(name)) return false
  // Its head is a place, of a prototype twice; in quotes it is called by name.
  const said = new RegExp(`(?:(?<!_?proto(?:type)?|exports)\\.|['"\`])${name}(?![\\w$])`, 'g')
  const places = all.flatMap((other) => [...other.text.matchAll(said)].map((found) => ({ other, found })))
  const plain = new RegExp(
    `(?<!function\\s*\\*?\\s*|[\\w$.#'"\`]|async\\s+|static\\s+)${name}(?![\\w$'"\`]|\\s*[:=](?!=))`,
    'g'
  )
  const isPlain = all.some(({ text }) => [...text.matchAll(plain)].some((found) => !isHead(text, found)))
  return (
    !isPlain &&
    places.every(({ other, found }) => isCalled(other.text, found) && isUnusedReset(other, found.index, all, depth - 1))
  )
}

/** Called there, not handed on or named. @param {string} text @param {RegExpExecArray} found */
const isCalled = (text, { index, 0: said }) =>
  said[0] === '.' && /^\s*\(/.test(text.slice(index + said.length, index + said.length + LINK_CHARACTERS))

/** Where the container itself ends, with all that is in it, if the program does not end it again and again. @param {Code} code @param {number} at @param {Code[]} own */
function isOver(code, at, own) {
  const name = namesAround(code, at).find((around) => OVER.test(around))
  if (name === undefined) return false
  // One that ends its parts is none that is ended.
  const calls = callsOf(name, own).filter(([other, index]) => !namesAround(other, index).includes(name))
  return calls.every(([other, index]) => isAskedFor(other, index, '', own, ASKED_CALLS))
}

/** What comes next, whatever it is, and not one by its key. @param {string} found @param {string} after */
const isInTurn = (found, after) =>
  !/\.(?:delete|off|removeListener)\s*\($|splice\s*\($|delete /.test(found) ||
  (/splice\s*\($/.test(found) && /^\s*[-\d)]/.test(after))

/** Whether something else than the end of what was put in makes this place run. @param {Code} code @param {number} at @param {Code[]} all */
function takes(code, at, all) {
  /** @type {Map<string, string>} */
  const known = new Map()
  /** @param {string} name @param {number} depth @returns {string} */
  const calledBy = (name, depth) => {
    if (SWEEPS.test(name)) return 'other'
    const said = known.get(name)
    if (said || left < 0) return said ?? 'other'
    known.set(name, 'never')
    const places = callsOf(name, all).map(([other, index]) => runs(other, index, calledBy, depth))
    const by = places.includes('other') ? 'other' : places.includes('end') ? 'end' : 'never'
    known.set(name, by)
    return by
  }
  return runs(code, at, calledBy, CALLS_MAX) === 'other'
}

/** Where a function of this name is called, or handed on. @param {string} name @param {Code[]} all @returns {[Code, number][]} */
function callsOf(name, all) {
  const call = new RegExp(
    `(?:[.?]\\s*|(?<!function\\s*\\*?\\s*|[\\w$#]|async\\s+|static\\s+))${quoted(name)}\\s*(?:\\?\\.)?[(,)]`,
    'g'
  )
  return all.flatMap((code) =>
    [...code.text.matchAll(call)]
      .slice(0, PLACES_MAX)
      .filter((found) => !isHead(code.text, found))
      .map((found) => /** @type {[Code, number]} */ ([code, found.index]))
  )
}

/** The head of a method looks like a call. @param {string} text @param {RegExpExecArray} found */
const isHead = (text, { index, 0: { length } }) =>
  /^[^;{}]*\)\s*(?::[^={;]*)?\{/.test(text.slice(index + length, index + length + 300)) &&
  /[{};\n]\s*(?:async\s+|static\s+|\*\s*)*$/.test(text.slice(Math.max(0, index - 40), index))

/** Runs along a chain: `oldest = oldest.next`. @param {Code} code */
const isChainCut = ({ text }) =>
  /(?<![\w$.#])([\w$.#]{1,80})\s*=\s*\1\??\.[\w$#]+(?![\w$#]|\s*(?:\?\.)?[(`])/.test(text)

/** @param {string} file a path or a URL */
function read(file) {
  try {
    const name = file.startsWith('file:') ? fileURLToPath(file) : file
    const stat = fs.statSync(name)
    return stat.isFile() && stat.size <= FILE_BYTES_MAX ? new Outline(fs.readFileSync(name, 'utf8')) : undefined
  } catch {
    return undefined // no file of its own: evaluated, bundled, gone
  }
}

/**
 * How many entries a container of one of these names may come to without any being taken out, by a condition on its size,
 * wherever that leads (`if (list.length < 100) list.push(line)`). `Infinity` where the number is not known, or keys repeat
 * after one that is not (`known.set(id % total, one)`).
 * @param {Code[]} all @param {string[]} names @returns {number | undefined}
 */
function fillIn(all, names) {
  let fill = 0
  for (const { text } of all) for (const name of names) fill = Math.max(fill, ...fillsOf(text, name))
  return fill || undefined
}

/** @param {string} text @param {string} name */
function* fillsOf(text, name) {
  const itself = `(?<![\\w$#])${quoted(name)}`
  const { first, turned } = comparisons(itself, quoted(name))
  const sized = [first, turned].flatMap((pattern) => [...text.matchAll(new RegExp(pattern, 'g'))])
  for (const { 1: bound } of sized.slice(0, PLACES_MAX))
    if (/^[\d.]/.test(bound) || LIMITS.test(bound)) yield numberAt(text, bound)
  const put = new RegExp(
    `${itself}\\??(?:\\.(?:set|add|push|unshift)\\s*\\(|\\s*\\[[^\\]\\n]{1,80}\\]\\s*(?:\\|\\||\\?\\?)?=(?![=>]))`,
    'g'
  )
  for (const { index } of [...text.matchAll(put)].slice(0, PLACES_MAX)) {
    // In the key itself, by what is not known.
    const key = text.slice(index, index + KEY_CHARACTERS).split(/[,;=\n](?![^(]*\))/, 1)[0]
    if (/%\s*(?:\(|[A-Za-z_$])/.test(key)) yield Infinity
  }
}

/**
 * Of how many the keys may be that a program makes, wherever it does: `load(n % 5000)`. What is less than a container has
 * bounds nothing. @param {Code} code @returns {number | undefined}
 */
function keysIn({ text }) {
  const all = [...text.matchAll(/(?:%|\brandom\(\)\s*\*|\brandomInt\()\s*([\w$.]+)/g)].slice(0, PLACES_MAX)
  const numbers = all.map(([, bound]) => numberOf(bound) ?? numberOf(declared(text, bound) ?? '') ?? 0)
  return Math.max(0, ...numbers.filter((number) => number <= KEYS_MAX)) || undefined
}

/**
 * The same of what holds something: of the files on the way to it, and of those of the program that use these.
 * @param {{ names: string[], files: string[], entries: number }} hold @param {() => string[]} programFiles
 * @param {boolean} [mayFill] whether it matters that it may fill without anything being taken out: what is over has no place there
 * @returns {number | undefined}
 */
function boundOf({ names, files, entries }, programFiles, mayFill = false) {
  const codes = files.flatMap((file) => read(file) ?? [])
  if (files.length === 0 || codes.length < files.length) return Infinity
  const own = codes.filter((_, i) => !/[\\/]node_modules[\\/]/.test(files[i]))
  const used = files.map((file) => path.basename(file).replace(/\.\w+$/, '')).filter((name) => name !== 'index')
  const uses = new RegExp(`['"\`][^'"\`\\n]*(?:${used.map(quoted).join('|') || '$^'})(?:\\.\\w+)?['"\`]`)
  let bytes = 0
  for (const file of programFiles().slice(0, FILES_MAX)) {
    const code = files.includes(file) || bytes > BYTES_MAX ? undefined : read(file)
    bytes += code?.text.length ?? 0
    if (code && uses.test(code.text)) {
      codes.push(code)
      own.push(code)
    }
  }
  if (entries === 0 && codes.some(isChainCut)) return Infinity
  // What a stream of Node's holds waits for who reads it.
  if (names.some((name) => /^_(?:readable|writable)State$/.test(name))) return Infinity
  // Of what a module exports no heap says the name, nor whether it is its own or imported.
  const exported = () =>
    codes.flatMap(({ text }) =>
      [...text.matchAll(/\bexport\s+(?:const|let|var)\s+[\w$]+|\b(?:import|export)\s+[\w$\s,]*\{[^}]*\}/g)].flatMap(
        ([list]) => [...list.matchAll(/[\w$]+(?!\s*\w)/g)].map(([name]) => name)
      )
    )
  const telling = (/** @type {string[]} */ list) =>
    list.filter((name) => !/^(?:exports|default|_events|handle)$/.test(name))
  const all = names.length > 0 ? names : exported()
  if (!mayFill) return boundIn(codes, telling(all).slice(-NAMES_MAX))
  const called = all.findLastIndex((name) => CALLED.test(name))
  const isOfEvent = all[called] === '_events' && SERVED.test(all[called + 1] ?? '')
  const behind = telling(all.slice(called + (isOfEvent ? 2 : 1)))
  const last = (behind.length > 0 ? behind : telling(all)).slice(-NAMES_MAX)
  // Code that has no name for it says nothing.
  if (last.length === 0) return Infinity
  const name = last.slice(-1)
  const known = KNOWN.find((one) => last.includes(one.name) && files.some((file) => one.file.test(file)))
  if (known) {
    const others = codes.filter((_, i) => i >= files.length || !known.file.test(files[i]))
    return together([known.entries, boundIn(others, last) ?? 0, ...own.map((code) => keysIn(code) ?? 0)])
  }
  const bounds = [boundIn(codes, name, own), fillIn(codes, name), ...own.map(keysIn)].map((bound) => bound ?? 0)
  // A number is that of its container; what another on the way takes out is not counted in this one's entries.
  const isOuterBound = last.length > 1 && boundIn(codes, last.slice(0, -1)) !== undefined
  return isOuterBound ? Infinity : together(bounds) || undefined
}

module.exports = { BY_KEY, boundIn, boundOf, fillIn, keysIn }
