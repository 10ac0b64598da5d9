// @ts-check
// Findings as log records of OpenTelemetry: one when a finding is announced, one when it no longer grows. Knows the API, not how
// findings are made.
'use strict'

const { given, invalidArg } = require('../base/errors.js')
const { readOptions } = require('../base/options.js')
const { service } = require('../base/service.js')
const { start } = require('../guard/guard.js')
const { follow, overOf } = require('../guard/logging.js')

const RULES = Object.freeze({
  logger: { type: /** @type {const} */ ('any'), default: undefined },
  guard: { type: /** @type {const} */ ('any'), default: undefined }
})
/** Of OpenTelemetry's severities, how sure a finding is. @type {Record<string, [number: number, text: string]>} */
const SEVERITIES = { certain: [17, 'ERROR'], likely: [13, 'WARN'], possible: [9, 'INFO'] }

/** Without what is not known. @param {Record<string, string | number | undefined>} all */
const known = (all) => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))

/** @param {import('../..').Finding} finding */
function attributesOf({ fingerprint, kind, confidence, culprit, growth, advice }) {
  const { name, version, pod } = service()
  return known({
    'leakguard.fingerprint': fingerprint,
    'leakguard.kind': kind,
    'leakguard.confidence': confidence,
    'leakguard.culprit.name': culprit.name,
    'code.file.path': culprit.file,
    'code.line.number': culprit.line,
    'code.column.number': culprit.column,
    'code.function.name': culprit.function,
    'leakguard.growth.unit': growth.unit,
    'leakguard.growth.total': growth.total,
    'leakguard.growth.per_hour': growth.perHour,
    'leakguard.advice': advice,
    'service.name': name,
    'service.version': version,
    'service.instance.id': pod
  })
}

/** See otel.d.ts. @param {any} [options] */
function leakguardEvents(options) {
  const { logger: wanted, guard: followed } = readOptions('leakguardEvents', RULES, options)
  const logger =
    wanted ?? require('@opentelemetry/api-logs').logs.getLogger('leakguard', require('../../package.json').version)
  if (typeof logger?.emit !== 'function')
    throw invalidArg(`leakguardEvents: option 'logger' must be a Logger of OpenTelemetry, not ${given(logger)}`)
  const emit = (
    /** @type {string} */ eventName,
    /** @type {[number, string]} */ [severityNumber, severityText],
    /** @type {string} */ body,
    /** @type {import('../..').Finding} */ finding
  ) => {
    const attributes = { 'event.name': eventName, ...attributesOf(finding) }
    logger.emit({ eventName, severityNumber, severityText, body, attributes, timestamp: new Date() })
  }
  const stop = follow(followed ?? start(), {
    found: (finding) => emit('leakguard.finding', SEVERITIES[finding.confidence], finding.message, finding),
    over: (finding) => emit('leakguard.recovery', SEVERITIES.possible, overOf(finding), finding)
  })
  return { stop }
}

module.exports = { leakguardEvents }
