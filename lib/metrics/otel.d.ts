/**
 * Observable gauges of the running guard for OpenTelemetry (`@opentelemetry/api` is an optional peer, 1.9 and later), named
 * `leakguard.*`. None repeats `v8js.*` of the runtime's instrumentation, and every attribute has a fixed set of values.
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
