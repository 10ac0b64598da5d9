// @ts-check
// Loaded into a process without a guard, through Node's inspector: answers one request, and takes everything back.
'use strict'

const path = require('node:path')

/** What was loaded before: the program's. */
const before = new Set(Object.keys(require.cache))
const root = path.join(__dirname, '..', '..') + path.sep

/** So often a request is looked for, and whether it is over. */
const LOOK_MS = 200

/** What is loaded of ours is forgotten: the program may load its own. */
function forget() {
  for (const file of Object.keys(require.cache)) {
    if (file.startsWith(root) && (file === __filename || !before.has(file))) delete require.cache[file]
  }
  // The module that has loaded this one may be the program's.
  const { parent } = /** @type {any} */ (module)
  const children = parent?.children
  const at = children?.indexOf(module) ?? -1
  if (at >= 0) children.splice(at, 1)
}

/** @param {string} temporary folder in which the request is @returns {string} what is there: to be sure that it is meant */
function begin(temporary) {
  const { Answerer } = require('./answerer.js')
  const { find } = require('../memory/find.js')
  const { every, stop } = require('../base/clock.js')
  const onDone = () => {
    stop(interval)
    forget()
  }
  const answerer = new Answerer(
    ({ gapsMs }, until, onProgress) => find('attach', undefined, { onProgress }, { gapsMs, until }),
    { temporary, onDone }
  )
  const interval = every(() => {
    answerer.look()
    // Who asked has gone before it was answered.
    if (!answerer.current && !answerer.mailbox.hasRequest()) onDone()
  }, LOOK_MS)
  answerer.look()
  return JSON.stringify({ pid: process.pid, version: process.version })
}

module.exports = { begin }
