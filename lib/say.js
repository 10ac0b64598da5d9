// @ts-check
// Words on stderr, at once and whatever the program has done to its streams. Must not know what is said, nor write to
// what the program has put in stderr's place: that is a file of its own.
'use strict'

const { fstatSync, writeSync } = require('node:fs')

/**
 * What stderr leads to; undefined where it is not open. In big integers: Node keeps the other kind in one place for all, and
 * its realpath(), require() included, stops at the first folder it knows where the newest of these is a pipe's.
 */
function destination() {
  try {
    const { dev, ino, rdev } = fstatSync(2, { bigint: true })
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
