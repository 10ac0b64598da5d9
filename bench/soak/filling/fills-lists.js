// @ts-check
// Forty lists, each of which fills to a hundred.
'use strict'

class Lines {
  constructor() {
    /** @type {object[]} */
    this.lines = []
  }

  /** @param {object} line */
  add(line) {
    if (this.lines.length < 100) this.lines.push(line)
  }
}
const all = Array.from({ length: 40 }, () => new Lines())
module.exports = (/** @type {number} */ n) => all[n % 40].add({ n, text: `${'x'.repeat(200)}${n}` })
