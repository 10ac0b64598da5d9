// @ts-check
// Words on stderr, at once and whatever the program has done to its streams. Must not know what is said, nor write to
// what the program has put in stderr's place: that is a file of its own.
'use strict'

const { fstatSync, writeSync } = require('node:fs')
const { ASIDE } = require('./natives.js')

/** What stderr leads to; undefined where it is not open. */
function destination() {
  try {
    const { dev, ino, rdev } = fstatSync(2, ASIDE)
    return `${dev}:${ino}:${rdev}`
  } catch {
    return undefined
  }
}

const original = destination()

/** @param {string} text */
function say(text) {
  if (original === undefined || destination() !== original) return
  try {
    writeSync(2, text)
  } catch {
    // nobody listens
  }
}

module.exports = { say }
