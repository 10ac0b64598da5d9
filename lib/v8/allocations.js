// @ts-check
// Where what stays alive was allocated: V8's sampling heap profiler over one round. Knows stacks, not verdicts.
'use strict'

const { fileURLToPath } = require('node:url')
const { isOwn } = require('../base/own.js')
const { cut } = require('../base/cut.js')
const { scriptName } = require('../base/script-name.js')

/** Mean bytes between samples: nearly each of some hundred small objects is seen. */
const INTERVAL_BYTES = 128
const FRAMES_MAX = 5

/** @typedef {{ function: string, file: string, portable: string, line: number, column: number }} Frame */
/** What stays, and how many samples say so. @typedef {{ bytes: number, samples: number }} Weight */
/** @typedef {Weight & { frames: Frame[] }} Site */

class Allocations {
  /** @param {import('./inspector.js').InspectorLike} inspector */
  constructor(inspector) {
    this.inspector = inspector
  }

  start() {
    this.inspector.post('HeapProfiler.startSampling', { samplingInterval: INTERVAL_BYTES })
  }

  /** The lines of the program that allocated what is alive now, most bytes first. @returns {Site[]} */
  stop() {
    const { profile } = this.inspector.post('HeapProfiler.stopSampling')
    return sitesOf(profile.head, ({ selfSize }) => (selfSize > 0 ? { bytes: selfSize, samples: 0 } : undefined))
  }
}

/** @typedef {InstanceType<typeof Allocations>} AllocationsLike */

/**
 * The lines of the program that allocated, most bytes first.
 * @param {any} head of a profile @param {(node: any) => Weight | undefined} weigh what counts of a node @returns {Site[]}
 */
function sitesOf(head, weigh) {
  /** @type {Map<string, Site>} */
  const sites = new Map()
  /** @param {any} node @param {Frame[]} above frames of the program, the nearest first */
  const collect = (node, above) => {
    const frame = frameOf(node.callFrame)
    const isOurs = frame !== undefined && isOwn(frame.file)
    // What looking at an addition takes is nobody's; what the addition itself does is the program's.
    if (isOurs && frame.function === 'noteAddition') return
    const frames = frame && !isOurs ? [frame, ...above].slice(0, FRAMES_MAX) : above
    const weight = frames.length > 0 && !isOurs ? weigh(node) : undefined
    if (weight) {
      const key = frames.map(({ file, line, column }) => `${file}:${line}:${column}`).join('\n')
      const site = sites.get(key) ?? { frames, bytes: 0, samples: 0 }
      site.bytes += weight.bytes
      site.samples += weight.samples
      sites.set(key, site)
    }
    for (const child of node.children) collect(child, frames)
  }
  collect(head, [])
  return [...sites.values()].sort((a, b) => b.bytes - a.bytes)
}

/** A frame of the program; V8 counts lines and columns from 0. @param {any} callFrame @returns {Frame | undefined} */
function frameOf({ functionName, url, lineNumber, columnNumber }) {
  if (!url || url.startsWith('node:') || lineNumber < 0) return
  const file = url.startsWith('file:') ? fileURLToPath(url) : scriptName(url)
  return { function: cut(functionName), file, portable: '', line: lineNumber + 1, column: columnNumber + 1 }
}

module.exports = { Allocations, sitesOf }
