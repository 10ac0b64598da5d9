// @ts-check
// leakguard/metrics/prom: gauges for prom-client, read when they are scraped. Knows the client, not the figures.
'use strict'

const { given, invalidArg } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')
const { GAUGES, source } = require('./figures.js')

const PREFIX = 'leakguard_'
const RULES = Object.freeze({
  register: { type: /** @type {const} */ ('any'), default: undefined },
  guard: { type: /** @type {const} */ ('any'), default: undefined }
})

/** See prom.d.ts. @param {any} [options] */
function leakguardMetrics(options) {
  const { register: wanted, guard } = readOptions('leakguardMetrics', RULES, options)
  const client = require('prom-client')
  const register = wanted ?? client.register
  if (typeof register?.registerMetric !== 'function') {
    throw invalidArg(`leakguardMetrics: option 'register' must be a Registry of prom-client, not ${given(register)}`)
  }
  const read = source(guard)
  const names = Object.entries(GAUGES).map(([name, { help, label }]) => {
    const gauge = new client.Gauge({
      name: PREFIX + name,
      help,
      labelNames: label ? [label] : [],
      registers: [register],
      collect() {
        this.reset()
        // A gauge without labels is 0 after a reset; what is not known has no sample.
        if (!label) this.remove()
        for (const figure of read()?.[/** @type {keyof typeof GAUGES} */ (name)] ?? []) {
          if (label) this.set({ [label]: String(figure.label) }, figure.value)
          else this.set(figure.value)
        }
      }
    })
    return /** @type {any} */ (gauge).name
  })
  return {
    stop() {
      for (const name of names) register.removeSingleMetric(name)
    }
  }
}

module.exports = { leakguardMetrics }
