// @ts-check
// leakguard/metrics/otel: observable gauges for OpenTelemetry, read when they are exported, and findings as log records. Knows
// the API, not the figures.
'use strict'

const { warn } = require('../base/entry.js')
const { given, invalidArg } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')
const { GAUGES, source } = require('./figures.js')
const { leakguardEvents } = require('./otel-events.js')

const RULES = Object.freeze({
  meter: { type: /** @type {const} */ ('any'), default: undefined },
  guard: { type: /** @type {const} */ ('any'), default: undefined }
})
/** Names in OpenTelemetry's way: no unit in them, parts by dots. @type {Record<string, string>} */
const NAMES = {
  memory_floor_bytes: 'leakguard.memory.floor',
  malloc_bytes: 'leakguard.malloc',
  cgroup_bytes: 'leakguard.cgroup.memory',
  heap_limit_bytes: 'leakguard.heap.limit',
  trend_bytes_per_hour: 'leakguard.trend.rate',
  limit_left_seconds: 'leakguard.limit.left',
  leaking: 'leakguard.leaking',
  findings: 'leakguard.findings',
  live: 'leakguard.live',
  lifecycles: 'leakguard.lifecycles',
  lifecycles_retained: 'leakguard.lifecycles.retained',
  guard_bytes: 'leakguard.guard.memory',
  watched_seconds: 'leakguard.watched'
}

/** Of the provider that is set; without one its gauges are read by nobody, now and later. */
function globalMeter() {
  const api = require('@opentelemetry/api')
  const meter = api.metrics.getMeter('leakguard', require('../../package.json').version)
  if (meter.constructor === api.createNoopMeter().constructor) {
    const what = 'leakguardMetrics: no meter provider is set, so that nothing is exported'
    const how = 'call metrics.setGlobalMeterProvider(provider) of @opentelemetry/api first, or pass { meter }'
    warn(`${what}: ${how}`, 'ERR_LEAKGUARD_NO_PROVIDER')
  }
  return meter
}

/** See otel.d.ts. @param {any} [options] */
function leakguardMetrics(options) {
  const { meter: wanted, guard } = readOptions('leakguardMetrics', RULES, options)
  const meter = wanted ?? globalMeter()
  if (typeof meter?.createObservableGauge !== 'function') {
    throw invalidArg(`leakguardMetrics: option 'meter' must be a Meter of OpenTelemetry, not ${given(meter)}`)
  }
  const read = source(guard)
  /** @type {[gauge: any, name: keyof typeof GAUGES, label: string | undefined][]} */
  const gauges = Object.entries(GAUGES).map(([name, { help, unit, label }]) => [
    meter.createObservableGauge(NAMES[name], { description: help, unit }),
    /** @type {keyof typeof GAUGES} */ (name),
    label && `leakguard.${label}`
  ])
  const callback = (/** @type {any} */ result) => {
    const figures = read()
    for (const [gauge, name, label] of gauges) {
      for (const figure of figures?.[name] ?? [])
        result.observe(gauge, figure.value, label ? { [label]: figure.label } : {})
    }
  }
  const all = gauges.map(([gauge]) => gauge)
  meter.addBatchObservableCallback(callback, all)
  return { stop: () => meter.removeBatchObservableCallback(callback, all) }
}

module.exports = { leakguardEvents, leakguardMetrics }
