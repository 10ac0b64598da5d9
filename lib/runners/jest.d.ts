/**
 * Jest: `setupFilesAfterEnv: ['leakguard/jest']` adds the matchers; with `LEAKGUARD_CHECK=file` or `test` in the
 * environment, or {@link checkEach} in a setup file, each file or test is checked for what it leaves behind.
 */
import type { AllowRule, MeasureOptions } from 'leakguard'

/** Options of {@link checkEach}. */
export interface CheckOptions {
  /** Findings to accept. Default none. */
  allow?: AllowRule[]
  /** A file of known findings. */
  baseline?: string
}

/**
 * Fails what leaves listeners, timers, handles, descriptors or watched objects behind, and names the test: each test,
 * or each file after its last hook.
 */
export function checkEach(mode: 'file' | 'test', options?: CheckOptions): void

interface LeakMatchers {
  /**
   * The operation, called again and again, leaves nothing behind. To be awaited. Its budget follows the test's
   * time-out unless `budgetMs` is given.
   */
  toBeLeakFree(options?: MeasureOptions): Promise<void>
  /** Nothing but the waiting test refers to the object (or the target of the WeakRef). To be awaited. */
  toBeCollected(): Promise<void>
}

declare module 'expect' {
  interface Matchers<R extends void | Promise<void>, T = unknown> extends LeakMatchers {}
}

declare global {
  namespace jest {
    // biome-ignore lint/complexity/noBannedTypes: as Jest's own declaration has it, which this one is merged with
    interface Matchers<R, T = {}> extends LeakMatchers {}
  }
}
