// @ts-check
// What V8's sampling heap profiler has seen allocated and still alive, as samples, where one runs: ours, Node's or another
// tool's, for V8 has one for all. Knows the protocol's shape; starts and ends nothing.
'use strict'

const { fileURLToPath } = require('node:url')
const { Inspector } = require('../v8/inspector.js')
const { wordsOf } = require('./frames.js')

/** Deeper stacks lose what is at their bottom. */
const DEPTH_MAX = 128

/** @returns {{ profile?: any, why?: string }} what it says now, or why there is none */
function readSampler() {
  const { inspector, why } = Inspector.open()
  if (!inspector) return { why }
  try {
    return { profile: inspector.post('HeapProfiler.getSamplingProfile').profile }
  } catch {
    return { why: 'no sampling heap profiler runs' }
  } finally {
    inspector.close()
  }
}

/** @param {string} url */
function fileOf(url) {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url
  } catch {
    return url
  }
}

/**
 * @param {any} profile of the inspector @param {import('./frames.js').FramesLike} frames
 * @returns {import('./retained.js').Sample[]}
 */
function inuseSamples({ head, samples }, frames) {
  /** @type {Map<number, number>} */
  const seen = new Map()
  for (const { nodeId } of samples) seen.set(nodeId, (seen.get(nodeId) ?? 0) + 1)
  /** @type {import('./retained.js').Sample[]} */
  const found = []
  /** @type {[node: any, stack: number[]][]} */
  const waiting = [[head, []]]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [node, above] = next
    const { functionName, url, lineNumber } = node.callFrame
    const name = functionName === '' ? '(anonymous)' : wordsOf(functionName) || '(function)'
    const stack = [frames.add(name, fileOf(url), lineNumber + 1 > 0 ? lineNumber + 1 : 0), ...above].slice(0, DEPTH_MAX)
    if (node.selfSize > 0)
      found.push({ stack, values: { inuse_objects: seen.get(node.id) ?? 0, inuse_space: node.selfSize } })
    for (const child of node.children) waiting.push([child, stack])
  }
  return found
}

module.exports = { inuseSamples, readSampler }
