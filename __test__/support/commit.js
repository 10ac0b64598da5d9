'use strict'
// @ts-check
// Knows which commit is tested. Must not know what for.

const { execFileSync } = require('node:child_process')
const path = require('node:path')

/** @type {string | undefined} */
let known

/** The commit of this checkout, in short; '' outside of one. */
function commit() {
  if (known === undefined) {
    try {
      const args = ['rev-parse', '--short=12', 'HEAD']
      known = execFileSync('git', args, { cwd: path.join(__dirname, '../..'), encoding: 'utf8', stdio: 'pipe' }).trim()
    } catch {
      known = ''
    }
  }
  return known
}

module.exports = { commit }
