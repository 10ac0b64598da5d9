// @ts-check
// Around a place in JavaScript: the statements and calls that it stands in, from the inside out, told from the brackets
// alone. Knows nothing of why anybody asks, parses nothing.
'use strict'

/** Of the same length, without comments and without brackets in strings. @param {string} text */
const masked = (text) =>
  text.replace(
    /\/\*[\s\S]*?\*\/|(?<![:'"`\\])\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"|`(?:[^`\\]|\\[\s\S])*`/g,
    (found) => (found[0] === '/' ? found.replace(/[^\n]/g, ' ') : found.replace(/[()[\]{};\n]/g, ' '))
  )

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

/** @param {string} text masked @param {number} at @returns {Generator<Level>} */
function* levels(text, at) {
  for (let end = at; ; ) {
    let depth = 0
    let start = -1
    let open = end - 1
    for (; open >= 0; open--) {
      const sign = text[open]
      if (sign === ')' || sign === ']') depth++
      else if (sign === '}') {
        if (depth === 0 && start < 0 && !/^\s*[),.\]]/.test(text.slice(open + 1, end))) start = open + 1
        depth++
      } else if (sign === '(' || sign === '[' || sign === '{') {
        if (depth === 0) break
        depth--
      } else if (depth === 0 && start < 0) {
        const isEnd =
          sign === ';' || (sign === '\n' && !goesOn(text.slice(Math.max(0, open - 80), open), text.slice(open, end)))
        if (isEnd) start = open + 1
      }
    }
    const before = text.slice(Math.max(start, open + 1, end - 600), end)
    const called = text[open] === '(' ? /[\w$#.?]+\s*$/.exec(text.slice(Math.max(0, open - 200), open)) : null
    const given = text[open] === '(' ? text.slice(open + 1, end) : ''
    yield { before, callee: called ? called[0].trim() : '', given, isBlock: text[open] === '{' }
    if (open < 0) return
    end = open
  }
}

module.exports = { levels, masked }
