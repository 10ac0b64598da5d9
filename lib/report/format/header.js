// @ts-check
// What a report is of, in a few words. Needs nothing of Node: the page has it too.
'use strict'

/** Digits of a commit that people read. */
const COMMIT_DIGITS = 10

/** @param {number} seconds */
function duration(seconds) {
  if (seconds < 120) return `${Number(seconds.toFixed(seconds < 10 ? 1 : 0))} s`
  if (seconds < 7200) return `${Number((seconds / 60).toFixed(seconds < 600 ? 1 : 0))} min`
  if (seconds < 172_800) return `${Number((seconds / 3600).toFixed(1))} h`
  return `${Number((seconds / 86_400).toFixed(1))} d`
}

/** Which processes. @param {import('../../..').ReportHeader} header */
function processText({ host, pid, processes }) {
  if (!processes) return `pid ${pid} on ${host}`
  const { count, pids } = processes
  return `${count} processes (${pids.join(', ')}${count > pids.length ? ', …' : ''}) on ${host}`
}

/** Served requests, and how many a second. @param {import('../../..').ReportHeader} header */
function loadText({ requests = 0, durationMs }) {
  if (requests === 0) return
  const rate = requests / Math.max(1, durationMs / 1000)
  const shown = rate.toLocaleString('en', { maximumFractionDigits: rate < 10 ? 1 : 0 })
  return `${requests.toLocaleString('en')} request${requests === 1 ? '' : 's'} (${shown}/s)`
}

/** Names and values, for a list; those that are not known are left out. @param {import('../../..').ReportHeader} header @returns {[name: string, value: string][]} */
function headerRows(header) {
  const { program, command, node, leakguard, commit, startedAt, madeAt, durationMs } = header
  /** @type {[string, string | undefined][]} */
  const rows = [
    ['Program', program],
    ['Command', command],
    ['Process', processText(header)],
    ['Node.js', node],
    ['leakguard', leakguard],
    ['Commit', commit],
    ['Started', startedAt],
    ['Report', `${madeAt}, after ${duration(durationMs / 1000)}`],
    ['Load', loadText(header)]
  ]
  return /** @type {[string, string][]} */ (rows.filter(([, value]) => value))
}

/** One line. @param {import('../../..').ReportHeader} header */
function headerText(header) {
  const { program, node, commit, durationMs } = header
  const parts = [
    program,
    processText(header),
    `Node ${node}`,
    commit && `commit ${commit.slice(0, COMMIT_DIGITS)}`,
    `after ${duration(durationMs / 1000)}`,
    loadText(header)
  ]
  return parts.filter(Boolean).join(', ')
}

module.exports = { duration, headerRows, headerText }
