/**
 * node:test: `t.assert.noLeaks(op)` and `t.assert.collected(object)` where Node lets assertions be registered (22.14
 * and later), plain functions everywhere; with `LEAKGUARD_CHECK=file` or `test` in the environment, or
 * {@link checkEach}, each file or test is checked for what it leaves behind.
 */
/// <reference types="node" />
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

/** `assertNoLeaks` of `leakguard`. */
export function noLeaks(op: () => unknown, options?: MeasureOptions): Promise<LeakReport>

/** Nothing but the waiting test refers to the object (or the target of the WeakRef). Rejects with a `LeakError`. */
export function collected(object: object): Promise<void>

declare module 'node:test' {
  interface TestContextAssert {
    /** The operation, called again and again, leaves nothing behind. To be awaited. Node.js 22.14 and later. */
    noLeaks(op: () => unknown, options?: MeasureOptions): Promise<LeakReport>
    /** Nothing but the waiting test refers to the object (or the target of the WeakRef). To be awaited. */
    collected(object: object): Promise<void>
  }
}
