// @ts-check
// The leaks in examples/leaky-server, and which of them a report names. Files only: the lines are the report's to find.

'use strict'

const path = require('node:path')

/** @type {readonly { what: string, kind: string, inFile: string }[]} */
const planted = [
  { what: 'listeners on the config bus', kind: 'listener', inFile: 'flags.js' },
  { what: 'listeners on the shutdown signal', kind: 'listener', inFile: 'delay.js' },
  { what: 'intervals of closed connections', kind: 'timer', inFile: 'poller.js' },
  { what: 'descriptors of repeated uploads', kind: 'handle', inFile: 'uploads.js' },
  { what: 'the Map of sessions', kind: 'collection', inFile: 'sessions.js' }
]

/**
 * Each planted leak with the place where the report sees it; without one when the report misses it.
 * @param {{ findings: { kind: string, culprit: { file?: string, line?: number } }[] }} report
 */
function named(report) {
  return planted.map(({ what, kind, inFile }) => {
    const finding = report.findings.find(
      ({ kind: found, culprit }) => found === kind && path.basename(culprit.file ?? '') === inFile
    )
    return { what, kind, file: finding?.culprit.file, line: finding?.culprit.line }
  })
}

module.exports = { named, planted }
