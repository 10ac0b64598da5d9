// @ts-check
// The fields of a memory sample, as `analyzeTrend` takes them and records have them, in their order. Knows names alone.
'use strict'

const SAMPLE_FIELDS = Object.freeze([
  ...['t', 'heapUsed', 'external', 'arrayBuffers', 'rss', 'malloc.used', 'malloc.free', 'limit'],
  ...['gc.major', 'gc.minor', 'gc.floor', 'gc.floorExt']
])

module.exports = { SAMPLE_FIELDS }
