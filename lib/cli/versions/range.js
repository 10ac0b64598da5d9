// @ts-check
// What lies between two versions: commits of a repository, or published versions of a package or of Node. Knows git and npm.
'use strict'

const path = require('node:path')
const { UsageError } = require('../errors.js')
const { printable } = require('../../base/text.js')
const { NODE, NODE_PACKAGE, PACKAGE, run } = require('./version.js')

/** Both ends and what is between them, the older end first, and whether that is `one`. @param {string} one @param {string} other @param {string} folder @returns {Promise<{ versions: string[], isForward: boolean }>} */
async function rangeOf(one, other, folder) {
  const [first, second] = [PACKAGE.exec(one), PACKAGE.exec(other)]
  if (first && second) {
    if (first[1] !== second[1])
      throw new UsageError('--good and --bad name two packages: give versions of one', 'bisect')
    return versionsBetween(first[1], first[2], second[2])
  }
  return commitsBetween(one, other, folder)
}

/** @param {string} name @param {string} one @param {string} other */
async function versionsBetween(name, one, other) {
  const published = name === NODE ? NODE_PACKAGE : name
  const listed = JSON.parse(await run('npm', ['view', published, 'versions', '--json'], process.cwd()))
  const all = [listed].flat().filter((version) => version === one || version === other || !version.includes('-'))
  all.sort(byVersion)
  const [from, to] = [one, other].map((version) => {
    const at = all.indexOf(version)
    if (at < 0) throw new UsageError(`${printable(`${name}@${version}`)} was not published`, 'bisect')
    return at
  })
  const between = all.slice(Math.min(from, to), Math.max(from, to) + 1)
  return { versions: between.map((version) => `${name}@${version}`), isForward: from <= to }
}

/** Numbers as numbers; a version before its own pre-releases is after them. @param {string} a @param {string} b */
function byVersion(a, b) {
  const [one, other] = [a, b].map((version) => version.split(/[-+]/, 1)[0].split('.').map(Number))
  for (let i = 0; i < 3; i++) if (one[i] !== other[i]) return (one[i] ?? 0) - (other[i] ?? 0)
  return Number(b.includes('-')) - Number(a.includes('-')) || (a < b ? -1 : 1)
}

/** @param {string} one @param {string} other @param {string} folder */
async function commitsBetween(one, other, folder) {
  const git = (/** @type {string[]} */ ...args) => run('git', args, path.resolve(folder))
  const isAncestor = (/** @type {string} */ a, /** @type {string} */ b) =>
    git('merge-base', '--is-ancestor', a, b).then(
      () => true,
      () => false
    )
  const isForward = await isAncestor(one, other)
  if (!isForward && !(await isAncestor(other, one))) {
    throw new UsageError(`neither of ${printable(one)} and ${printable(other)} comes before the other in git`, 'bisect')
  }
  const [older, newer] = isForward ? [one, other] : [other, one]
  const list = await git('rev-list', '--reverse', '--first-parent', `${older}..${newer}`)
  return { versions: [await git('rev-parse', older), ...list.split('\n').filter(Boolean)], isForward }
}

module.exports = { byVersion, rangeOf }
