// @ts-check
// Around a place in JavaScript: the statements and calls that it stands in, from the inside out, told from the brackets
// alone. Knows nothing of why anybody asks, parses nothing.
'use strict'

/** Without comments, and without brackets in strings. @param {string} text */
const masked = (text) =>
  text.replace(
    /\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/g,
    (found) => (found[0] === '/' ? (found.includes('\n') ? '\n' : ' ') : found.replace(/[()[\]{};\n]/g, ' '))
  )

/** Brackets by their codes: each kind's number, negative where it closes; 0 for all else. */
const KINDS = new Int8Array(128)
for (const [i, [open, close]] of ['()', '[]', '{}'].entries()) {
  KINDS[open.charCodeAt(0)] = i + 1
  KINDS[close.charCodeAt(0)] = -i - 1
}
/** Outside of all brackets. One that is not closed where it would have to be. */
const NONE = -1
const STRAY = -2
/** Of a statement so many characters before the place are given. */
const BEFORE_MAX = 600
/** What is called, or how a line ends or begins, is told by so many. */
const NEAR = 200

/** What goes on in the next line. */
const goesOn = (/** @type {string} */ before, /** @type {string} */ after) =>
  /[,([{=>&|?:+\-*/.]$/.test(before.trimEnd()) || /^\s*[.?:&|)\]=+]/.test(after)

/**
 * @typedef {object} Level
 * @property {string} before the statement up to the place
 * @property {string} callee what is called where the place stands in its arguments
 * @property {string} given the arguments up to the place
 * @property {boolean} isBlock
 */

/** One text, masked. */
class Outline {
  /** @param {string} text as it is written */
  constructor(text) {
    this.text = masked(text)
    /** By places of brackets: of a closing one where it was opened, of an opening one what it stands in, or `NONE`. @type {Int32Array | undefined} */
    this.brackets = undefined
  }

  /** O(characters), once. */
  around() {
    if (this.brackets) return this.brackets
    const { text } = this
    const around = new Int32Array(text.length).fill(NONE)
    /** @type {number[]} */
    const open = []
    for (let at = 0; at < text.length; at++) {
      const kind = kindOf(text, at)
      if (kind > 0) {
        around[at] = open.at(-1) ?? NONE
        open.push(at)
      }
      if (kind >= 0) continue
      // A pattern may have one bracket without the other: what is not closed before what it stands in is none.
      const last = open.findLastIndex((start) => kindOf(text, start) === -kind)
      if (last < 0) continue
      around[at] = open[last]
      for (const stray of open.splice(last).slice(1)) around[stray] = STRAY
    }
    this.brackets = around
    return around
  }

  /** From the inside out. @param {number} at @returns {Generator<Level>} */
  *levels(at) {
    const { text } = this
    for (let end = at; ; ) {
      const open = this.enclosing(end)
      const before = text.slice(Math.max(this.statement(open, end), end - BEFORE_MAX), end)
      const isCall = text[open] === '('
      const called = isCall ? /[\w$#.?]+\s*$/.exec(text.slice(Math.max(0, open - NEAR), open)) : null
      const given = isCall ? text.slice(open + 1, end) : ''
      yield { before, callee: called ? called[0].trim() : '', given, isBlock: text[open] === '{' }
      if (open < 0) return
      end = open
    }
  }

  /** The bracket that this place stands in. @param {number} at */
  enclosing(at) {
    const around = this.around()
    for (let place = at - 1; place >= 0; place--) {
      const kind = kindOf(this.text, place)
      if (kind > 0 && around[place] !== STRAY) return place
      if (kind < 0 && around[place] !== NONE) return around[around[place]]
    }
    return NONE
  }

  /** Where the statement begins that this place ends, after the bracket that it stands in. @param {number} open @param {number} end */
  statement(open, end) {
    const { text } = this
    const around = this.around()
    for (let at = end - 1; at > open; at--) {
      const sign = text[at]
      if (sign === ';') return at + 1
      if (sign === '\n' && !goesOn(text.slice(Math.max(0, at - NEAR), at), text.slice(at, end))) return at + 1
      if (sign === '}' && !/^\s*[),.\]]/.test(text.slice(at + 1, Math.min(end, at + NEAR)))) return at + 1
      if (kindOf(text, at) < 0 && around[at] > open) at = around[at]
    }
    return open + 1
  }
}

/** @param {string} text @param {number} at */
function kindOf(text, at) {
  const code = text.charCodeAt(at)
  return code < KINDS.length ? KINDS[code] : 0
}

module.exports = { Outline }
