// @ts-check
// What long work is doing, and how long it will take yet: one line that is written anew on a terminal; elsewhere nothing, or
// a line for each step. Knows lines, not the work.
'use strict'

const DRAW_MS = 1000

/** @typedef {{ step: (text: string, leftMs?: number) => void, clear: () => void, end: () => void }} Steps */

/** @param {number} ms */
function time(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000))
  if (seconds < 100) return `${seconds} s`
  return seconds < 6000 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}

/** @param {number | undefined} leftMs */
const leftText = (leftMs) => (leftMs === undefined || leftMs < 500 ? '' : `, ${time(leftMs)} left`)

/** @param {NodeJS.WriteStream} stream @param {string} label @param {{ verbose?: boolean }} [options] `verbose`: a line for each step where it is no terminal @returns {Steps} */
function startSteps(stream, label, { verbose = false } = {}) {
  if (stream.isTTY) return onTerminal(stream, label)
  let last = ''
  return {
    step(text, leftMs) {
      if (!verbose || text === last) return
      last = text
      stream.write(`${label}: ${text}${leftText(leftMs)}\n`)
    },
    clear() {},
    end() {}
  }
}

/** @param {NodeJS.WriteStream} stream @param {string} label @returns {Steps} */
function onTerminal(stream, label) {
  let text = ''
  /** When it will be done. @type {number | undefined} */
  let untilMs
  const draw = () => {
    const leftMs = untilMs === undefined ? undefined : untilMs - performance.now()
    const line = `${label}: ${text}${leftText(leftMs)}`
    stream.write(`\r${line.slice(0, (stream.columns || 80) - 1)}\x1b[K`)
  }
  const timer = setInterval(() => text && draw(), DRAW_MS).unref()
  const clear = () => {
    if (text !== '') stream.write('\r\x1b[K')
    text = ''
  }
  return {
    step(now, leftMs) {
      const later = leftMs === undefined ? undefined : performance.now() + leftMs
      // The same is not told anew each time that it is looked at.
      if (now === text && leftMs !== undefined && untilMs !== undefined) return
      text = now
      untilMs = later
      draw()
    },
    clear,
    end() {
      clearInterval(timer)
      clear()
    }
  }
}

/** What a comparison of heaps is at. @param {import('../attach/mailbox.js').Progress} progress */
function progressText({ phase, heap, heaps }) {
  if (phase === 'wait') return `waiting before heap ${heap} of ${heaps}`
  if (phase === 'capture') return `taking and comparing heap ${heap} of ${heaps}`
  return phase === 'done' ? 'writing the report' : `calling before heap ${heap} of ${heaps}`
}

module.exports = { progressText, startSteps }
