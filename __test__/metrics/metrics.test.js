// @ts-check
// Metrics through the real clients: what is exported, under which names, with which labels.
'use strict'

const assert = require('node:assert/strict')
const { EventEmitter } = require('node:events')
const { afterEach, describe, test } = require('node:test')
const otelApi = require('@opentelemetry/api')
const logsApi = require('@opentelemetry/api-logs')
const { InMemoryLogRecordExporter, LoggerProvider, SimpleLogRecordProcessor } = require('@opentelemetry/sdk-logs')
const {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader
} = require('@opentelemetry/sdk-metrics')
const client = require('prom-client')
const { start } = require('../..')
const { GAUGES } = require('../../lib/metrics/figures.js')
const otel = require('leakguard/metrics/otel')
const prom = require('leakguard/metrics/prom')
const { leakUntilFound, until } = require('../support/leaks.js')

/** @type {(() => unknown)[]} */
const cleanUp = []
afterEach(async () => {
  for (const work of cleanUp.splice(0)) await work()
  start().stop()
})

async function sampled() {
  const guard = start({ memory: { sampleMs: 100 }, minGrowthMs: 100 })
  await until(() => guard.stats().memory !== undefined)
  return guard
}

test('leakguard/metrics/otel says that no provider is set', async () => {
  /** @type {Promise<any>} */
  const warned = new Promise((resolve) => process.once('warning', resolve))
  otel.leakguardMetrics().stop()
  const { code, message } = await warned
  assert.equal(code, 'ERR_LEAKGUARD_NO_PROVIDER')
  assert.match(message, /no meter provider is set, .*: call metrics\.setGlobalMeterProvider\(provider\)/)
})

describe('leakguard/metrics/prom', () => {
  test('has gauges whose labels have known values only, and repeats no default metric', async () => {
    await sampled()
    const register = new client.Registry()
    prom.leakguardMetrics({ register })
    const metrics = await register.getMetricsAsJSON()
    assert.deepEqual(
      metrics.map(({ name }) => name).sort(),
      Object.keys(GAUGES)
        .map((name) => `leakguard_${name}`)
        .sort()
    )
    for (const { name, values } of metrics) {
      const { label, values: known } = GAUGES[/** @type {keyof typeof GAUGES} */ (name.replace('leakguard_', ''))]
      for (const { labels, value } of /** @type {any[]} */ (values)) {
        assert.ok(Number.isFinite(value), name)
        assert.deepEqual(Object.keys(labels), label ? [label] : [], name)
        if (label)
          assert.ok(/** @type {readonly string[]} */ (known).includes(labels[label]), `${name} ${labels[label]}`)
      }
    }
    const defaults = new client.Registry()
    client.collectDefaultMetrics({ register: defaults })
    const own = new Set(metrics.map(({ help }) => help))
    assert.ok(
      (await defaults.getMetricsAsJSON()).every(({ name, help }) => !name.startsWith('leakguard_') && !own.has(help))
    )
    defaults.clear()
  })

  test('tells of a leak while there is one', async () => {
    const guard = await sampled()
    const register = new client.Registry()
    prom.leakguardMetrics({ register, guard })
    const bus = new EventEmitter().setMaxListeners(0)
    await leakUntilFound(guard, () => bus.on('news', () => {}))
    await new Promise((resolve) => setTimeout(resolve, 200))
    const text = await register.metrics()
    assert.match(text, /^leakguard_leaking 1$/m)
    assert.match(text, /^leakguard_findings\{kind="listener"\} 1$/m)
    assert.match(text, /^leakguard_live\{kind="listener"\} \d\d/m)
    assert.match(text, /^leakguard_trend_bytes_per_hour\{field="heapUsed"\} 0$/m)
    assert.doesNotMatch(text, /^leakguard_limit_left_seconds /m)
  })

  test('starts a guard where none runs; takes its gauges back; a guard that was stopped tells nothing', async () => {
    const register = new client.Registry()
    const metrics = prom.leakguardMetrics({ register })
    assert.match(await register.metrics(), /^leakguard_leaking 0$/m)
    const other = new client.Registry()
    const guard = start()
    prom.leakguardMetrics({ register: other, guard })
    guard.stop()
    assert.doesNotMatch(await other.metrics(), /^leakguard_leaking/m)
    metrics.stop()
    assert.equal((await register.metrics()).trim(), '')
  })

  test('refuses what is no registry and options that are unknown', () => {
    const any = /** @type {any} */ (prom.leakguardMetrics)
    assert.throws(() => any({ register: {} }), { code: 'ERR_LEAKGUARD_INVALID_ARG' })
    assert.throws(() => any({ registry: client.register }), {
      code: 'ERR_LEAKGUARD_UNKNOWN_OPTION',
      message: /'register'/
    })
  })
})

describe('leakguard/metrics/otel', () => {
  function provider() {
    const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
    const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 })
    const made = new MeterProvider({ readers: [reader] })
    cleanUp.push(() => made.shutdown())
    return { made, reader, exporter }
  }

  test('exports the same figures under names of its own, with units', async () => {
    await sampled()
    const { made, reader, exporter } = provider()
    otel.leakguardMetrics({ meter: made.getMeter('test') })
    await reader.forceFlush()
    const metrics = exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics))
    const byName = new Map(metrics.map((metric) => [metric.descriptor.name, metric]))
    assert.ok([...byName.keys()].every((name) => /^leakguard\.[a-z.]+$/.test(name)))
    const live = byName.get('leakguard.live')
    assert.deepEqual(
      live?.dataPoints.map(({ attributes }) => attributes['leakguard.kind']),
      [...GAUGES.live.values]
    )
    assert.equal(byName.get('leakguard.leaking')?.dataPoints[0].value, 0)
    assert.equal(byName.get('leakguard.heap.limit')?.descriptor.unit, 'By')
  })

  test('takes the global meter provider', async () => {
    await sampled()
    const { made, reader, exporter } = provider()
    otelApi.metrics.setGlobalMeterProvider(made)
    cleanUp.push(() => otelApi.metrics.disable())
    const metrics = otel.leakguardMetrics()
    await reader.forceFlush()
    const names = () => exporter.getMetrics().flatMap(({ scopeMetrics }) => scopeMetrics.map(({ scope }) => scope.name))
    assert.deepEqual(names(), ['leakguard'])
    metrics.stop()
  })

  test('ends when it is stopped', async () => {
    await sampled()
    /** @type {any[][]} */
    const said = []
    const meter = {
      createObservableGauge: (/** @type {string} */ name) => ({ name }),
      addBatchObservableCallback: (/** @type {any[]} */ ...args) => said.push(args),
      removeBatchObservableCallback: (/** @type {any[]} */ ...args) => said.push(args)
    }
    otel.leakguardMetrics({ meter }).stop()
    assert.equal(said.length, 2)
    assert.equal(said[0][0], said[1][0])
    assert.deepEqual(said[0][1], said[1][1])
  })

  test('refuses what is no meter', () => {
    assert.throws(() => otel.leakguardMetrics(/** @type {any} */ ({ meter: {} })), {
      code: 'ERR_LEAKGUARD_INVALID_ARG'
    })
  })
})

describe('findings as events of OpenTelemetry', () => {
  test('one record for a finding and one when it is over, through the real SDK', async () => {
    const exporter = new InMemoryLogRecordExporter()
    const provider = new LoggerProvider({ processors: [new SimpleLogRecordProcessor({ exporter })] })
    cleanUp.push(() => provider.shutdown())
    const guard = start({ minGrowthMs: 100 })
    const events = otel.leakguardEvents({ logger: provider.getLogger('test'), guard })
    const bus = new EventEmitter().setMaxListeners(0)
    const { report, finding } = await leakUntilFound(guard, () => bus.on('news', () => {}))
    const reported = /** @type {any} */ (guard).reported
    guard.emit('leak', report)
    assert.deepEqual(exporter.getFinishedLogRecords(), [], 'what is not confirmed is not told')
    reported.set(finding.fingerprint, finding)
    guard.emit('leak', report)
    guard.emit('leak', report)
    guard.emit('recovered', finding)
    events.stop()
    guard.emit('leak', report)
    const [found, over, ...others] = exporter.getFinishedLogRecords()
    assert.equal(others.length, 0)
    assert.equal(found.eventName, 'leakguard.finding')
    assert.equal(found.body, finding.message)
    const severities = { certain: [17, 'ERROR'], likely: [13, 'WARN'], possible: [9, 'INFO'] }
    assert.deepEqual([found.severityNumber, found.severityText], severities[finding.confidence])
    const { attributes } = found
    assert.equal(attributes['leakguard.fingerprint'], finding.fingerprint)
    assert.equal(attributes['leakguard.kind'], 'listener')
    assert.equal(attributes['code.file.path'], finding.culprit.file)
    assert.equal(attributes['code.line.number'], finding.culprit.line)
    assert.equal(attributes['leakguard.growth.total'], finding.growth.total)
    assert.equal(attributes['service.name'], 'leakguard')
    assert.deepEqual([over.eventName, over.severityNumber], ['leakguard.recovery', 9])
    assert.equal(over.body, `no longer grows: ${finding.message}`)
    assert.equal(over.attributes['leakguard.fingerprint'], finding.fingerprint)
  })

  test("takes the global logger provider; what a logger throws is not the program's", async () => {
    let asked = 0
    const logger = {
      emit: () => {
        asked++
        throw new Error('of the logger')
      }
    }
    logsApi.logs.setGlobalLoggerProvider(/** @type {any} */ ({ getLogger: () => logger }))
    cleanUp.push(() => logsApi.logs.disable())
    const guard = start({ minGrowthMs: 100 })
    otel.leakguardEvents()
    const bus = new EventEmitter().setMaxListeners(0)
    const { report, finding } = await leakUntilFound(guard, () => bus.on('news', () => {}))
    const reported = /** @type {any} */ (guard).reported
    reported.set(finding.fingerprint, finding)
    guard.emit('leak', report)
    assert.equal(asked, 1)
  })

  test('refuses what is no logger', () => {
    assert.throws(() => otel.leakguardEvents(/** @type {any} */ ({ logger: {} })), {
      code: 'ERR_LEAKGUARD_INVALID_ARG'
    })
  })
})
