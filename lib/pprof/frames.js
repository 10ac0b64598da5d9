// @ts-check
// The frames of a profile that is being made, each once, and names that may stand in it. Knows texts, not what is counted.
'use strict'

const { cut } = require('../base/cut.js')
const { printable } = require('../base/text.js')
const { scriptName } = require('../base/script-name.js')

/** @typedef {{ name: string, file: string, line: number }} Frame */

/** Longer names are cut. */
const NAME_MAX = 160
const FILE_MAX = 512
/** Names of functions, events and variables as code has them. What has anything else in it may be data: a key, a URL, a token. */
const WORDS = /^[\p{L}_$#<[(][\p{L}\p{N}_$.#<>[\]() -]{0,79}$/u
/** Letters and digits by turns, as tokens and ids have them, and names have not. */
const TOKEN = /[\da-f]{16}|(?:\d[a-z]+|[a-z]+\d){6}/i

/** A name that a person wrote, or nothing. @param {string | undefined} name @returns {string} */
const wordsOf = (name) => (name !== undefined && WORDS.test(name) && !TOKEN.test(name) ? name : '')

class Frames {
  constructor() {
    /** @type {Frame[]} */
    this.all = []
    /** @type {Map<string, number>} */
    this.known = new Map()
  }

  /** The index of a frame. @param {string} name @param {string} [file] @param {number} [line] @returns {number} */
  add(name, file = '', line = 0) {
    const key = `${name}\n${file}\n${line}`
    const known = this.known.get(key)
    if (known !== undefined) return known
    const frame = { name: cut(printable(name), NAME_MAX), file: cut(printable(scriptName(file)), FILE_MAX), line }
    this.known.set(key, this.all.length)
    return this.all.push(frame) - 1
  }
}

/** @typedef {InstanceType<typeof Frames>} FramesLike */

module.exports = { Frames, wordsOf }
