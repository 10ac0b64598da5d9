/**
 * Vitest 3.2 to 5: `setupFiles: ['leakguard/vitest']` adds the matchers; with `LEAKGUARD_CHECK=file` or `test` in the
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

// What `expect` gives is made of Chai's assertions in each version; Vitest's own interface has other parameters in each.
declare global {
  namespace Chai {
    interface Assertion extends LeakMatchers {}
  }
}
