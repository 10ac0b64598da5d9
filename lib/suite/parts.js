// @ts-check
// What each process that runs tests has found, as a file of its own in the folder that the command made. Knows the form, not
// what is found.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const { threadId } = require('node:worker_threads')
const { attempt } = require('../base/entry.js')
const { writeAsideSync } = require('../base/write-aside.js')

/** The folder, for processes that run tests. */
const FOLDER = 'LEAKGUARD_SUITE_PARTS'
/** How many times as long the suite may take. */
const TIMES = 'LEAKGUARD_SUITE_BUDGET'
const PART = /^part-\d+-\d+-\d+\.json$/

/** @typedef {{ name: string, file: string, perRun?: number }} Place a test, by how much it grows with each run */
/**
 * @typedef {object} Part
 * @property {string} runner
 * @property {number} tests that have run
 * @property {number} repeated of them
 * @property {number} spentMs on repeating
 * @property {number} ranMs since the process began
 * @property {{ name: string, file: string, why: string }[]} skipped not repeated
 * @property {{ finding: any, tests: Place[] }[]} leaks
 * @property {{ tests: Place[], what: string, reason: string }[]} open what could not be decided
 */

let count = 0

/** Where this process writes, or nothing where no command asked. @returns {((part: Part) => void) | undefined} */
function writer() {
  const folder = process.env[FOLDER]
  if (!folder) return
  // Files of several programs that share a thread, such as Jest's, have each a part of their own.
  const file = path.join(folder, `part-${process.pid}-${threadId}-${count++}.json`)
  return (part) => attempt(() => writeAsideSync(file, JSON.stringify(part)))
}

/** @param {string} folder @returns {Part[]} */
function readParts(folder) {
  return fs
    .readdirSync(folder)
    .filter((name) => PART.test(name))
    .flatMap((name) => {
      try {
        return [JSON.parse(fs.readFileSync(path.join(folder, name), 'utf8'))]
      } catch {
        return []
      }
    })
}

module.exports = { FOLDER, TIMES, readParts, writer }
