/**
 * Mocha: `--require leakguard/mocha` puts its root hooks in; with `LEAKGUARD_CHECK=file` or `test` in the environment,
 * or {@link checkEach} in a required file, the run fails with what its tests leave behind.
 */
import type { AllowRule, LeakReport, MeasureOptions } from 'leakguard'

/** Options of {@link checkEach}. */
export interface CheckOptions {
  /** Findings to accept. Default none. */
  allow?: AllowRule[]
  /** A file of known findings. */
  baseline?: string
}

/**
 * Fails what leaves listeners, timers, handles, descriptors or watched objects behind, and names the test: each test,
 * or each file after its last test.
 */
export function checkEach(mode: 'file' | 'test', options?: CheckOptions): void

/** `assertNoLeaks` of `leakguard`, which also gives the test that runs the time it needs. */
export function assertNoLeaks(op: () => unknown, options?: MeasureOptions): Promise<LeakReport>

/** The root hooks; a setup file of one's own exports them. */
export const mochaHooks: {
  beforeAll(): void
  beforeEach(): void
  afterEach(): Promise<void>
  afterAll(): Promise<void>
}
