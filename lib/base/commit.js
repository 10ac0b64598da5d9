// @ts-check
// The commit that is checked out where a program lies, as git's own files tell it: no process is started. Knows git's layout.
'use strict'

// Taken when the file loads: a program may replace them later.
const { readFileSync, statSync } = require('node:fs')
const path = require('node:path')
const { ASIDE } = require('./natives.js')

/** Folders upwards that are looked into. */
const LEVELS_MAX = 32
const BYTES_MAX = 1e6
const COMMIT = /^[0-9a-f]{40}(?:[0-9a-f]{24})?$/

/** @param {string} file */
function small(file) {
  try {
    const stat = statSync(file, ASIDE)
    return stat.isFile() && stat.size <= BYTES_MAX ? readFileSync(file, 'utf8').trim() : undefined
  } catch {
    return
  }
}

/** The folder with HEAD, and the one with all branches: another one in a second working tree. @param {string} folder @returns {[own: string, common: string] | undefined} */
function gitFolders(folder) {
  let at = folder
  for (let level = 0; level < LEVELS_MAX; level++) {
    const git = path.join(at, '.git')
    const link = /^gitdir: (.+)$/.exec(small(git) ?? '')?.[1]
    const own = link === undefined ? git : path.resolve(at, link)
    if (small(path.join(own, 'HEAD')) !== undefined) {
      const common = small(path.join(own, 'commondir'))
      return [own, common === undefined ? own : path.resolve(own, common)]
    }
    if (path.dirname(at) === at) return
    at = path.dirname(at)
  }
}

/** @param {string} folder @returns {string | undefined} nothing outside of a working tree */
function commitOf(folder) {
  const [own, common] = gitFolders(folder) ?? []
  if (own === undefined || common === undefined) return
  const head = small(path.join(own, 'HEAD')) ?? ''
  const ref = /^ref: (refs\/[^\0]+)$/.exec(head)?.[1]
  if (ref === undefined) return COMMIT.test(head) ? head : undefined
  const loose = small(path.join(own, ref)) ?? small(path.join(common, ref))
  if (loose !== undefined) return COMMIT.test(loose) ? loose : undefined
  const packed = (small(path.join(common, 'packed-refs')) ?? '').split('\n')
  const [commit] = packed.find((line) => line.endsWith(` ${ref}`))?.split(' ') ?? []
  return commit !== undefined && COMMIT.test(commit) ? commit : undefined
}

module.exports = { commitOf }
