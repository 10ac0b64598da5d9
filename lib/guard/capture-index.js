// @ts-check
// What is known of a captured file without reading it, as a small file of JSON beside it: whose it is, when and for what it was
// taken, and its hash. Knows files, no heap.
'use strict'

const crypto = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { service } = require('../base/service.js')
const { THREAD } = require('../base/thread.js')
const { writeAside } = require('../base/write-aside.js')
const { heapUsage, rssBytes } = require('../v8/memory-usage.js')

/** @typedef {import('../..').GuardCapture} GuardCapture */

/** @param {string} file @returns {Promise<{ bytes: number, sha256: string }>} */
async function hashOf(file) {
  const hash = crypto.createHash('sha256')
  let bytes = 0
  for await (const chunk of fs.createReadStream(file)) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** What a finding is known by. @param {import('../..').Finding} finding */
const shortOf = ({ fingerprint, kind, confidence, message, culprit, growth }) => ({
  fingerprint,
  kind,
  confidence,
  message,
  culprit,
  growth
})

/**
 * Writes it. @param {string} file that was captured @param {Pick<GuardCapture, 'why' | 'depth' | 'finding'>} capture @param {number} atMs
 * @returns {Promise<string>} where it is
 */
async function writeIndex(file, { why, depth, finding }, atMs) {
  const { heapUsed, external } = heapUsage()
  const index = {
    schemaVersion: 1,
    file: path.basename(file),
    ...(await hashOf(file)),
    at: new Date(atMs).toISOString(),
    why,
    depth,
    service: service(),
    ...(THREAD ? { thread: THREAD } : {}),
    node: process.version,
    leakguard: require('../../package.json').version,
    totals: { heapUsed, external, rss: rssBytes() },
    ...(finding ? { finding: shortOf(finding) } : {})
  }
  return writeAside(`${file}.index.json`, `${JSON.stringify(index, null, 1)}\n`)
}

module.exports = { writeIndex }
