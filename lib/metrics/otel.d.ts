/**
 * Observable gauges of the running guard for OpenTelemetry (`@opentelemetry/api` is an optional peer, 1.9 and later), named
 * `leakguard.*`. None repeats `v8js.*` of the runtime's instrumentation, and every attribute has a fixed set of values. Findings
 * as log records (`@opentelemetry/api-logs` is an optional peer too).
 * @packageDocumentation
 */
import type { Guard } from '../../index.js'

export interface OtelOptions {
  /** A `Meter`. Default: that of the global meter provider, which must have been set before. */
  meter?: {
    createObservableGauge(name: string, options?: any): any
    addBatchObservableCallback(callback: any, observables: any[]): void
    removeBatchObservableCallback(callback: any, observables: any[]): void
  }
  /** Default: the running guard of this thread, which is started if there is none. */
  guard?: Guard
}

/**
 * Makes the gauges; they are read when metrics are exported. `stop()` ends that.
 * Throws `ERR_LEAKGUARD_INVALID_ARG` for what is no meter.
 *
 * @example
 * require('leakguard/metrics/otel').leakguardMetrics()
 */
export function leakguardMetrics(options?: OtelOptions): { stop(): void }

export interface OtelEventOptions {
  /** A `Logger`. Default: that of the global logger provider, which must have been set before. */
  logger?: { emit(record: any): void }
  /** Default: the running guard of this thread, which is started if there is none. */
  guard?: Guard
}

/**
 * Emits a log record for each finding that is announced (`leakguard.finding`) and one when it no longer grows
 * (`leakguard.recovery`): the message is the body; fingerprint, kind, confidence, culprit, growth and service are attributes. Severity:
 * `certain` ERROR, `likely` WARN, else INFO. `stop()` ends that. Throws `ERR_LEAKGUARD_INVALID_ARG` for what is no logger.
 *
 * @example
 * require('leakguard/metrics/otel').leakguardEvents()
 */
export function leakguardEvents(options?: OtelEventOptions): { stop(): void }
