/**
 * Gauges of the running guard for prom-client (an optional peer, 15 and later), named `leakguard_*`. None repeats what
 * `collectDefaultMetrics()` has, and every label has a fixed set of values.
 * @packageDocumentation
 */
import type { Guard } from '../../index.js'

export interface PromOptions {
  /** A `Registry` of prom-client. Default: prom-client's own. */
  register?: {
    registerMetric(metric: any): void
    removeSingleMetric(name: string): void
  }
  /** Default: the running guard of this thread, which is started if there is none. */
  guard?: Guard
}

/**
 * Registers the gauges; they are read when they are scraped. `stop()` takes them back.
 * Throws `ERR_LEAKGUARD_INVALID_ARG` for what is no registry.
 *
 * @example
 * require('leakguard/metrics/prom').leakguardMetrics()
 */
export function leakguardMetrics(options?: PromOptions): { stop(): void }
