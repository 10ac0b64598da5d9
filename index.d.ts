/**
 * leakguard: counts what a Node.js program holds and says what grows without bound, and where.
 *
 * All sizes are bytes unless the name says otherwise, all times milliseconds; lines and columns are 1-based.
 * @packageDocumentation
 */
/// <reference types="node" />
import type { EventEmitter } from 'node:events'

/**
 * The answer of a check. `clean`: looked long enough, nothing grows without bound. `leaking`: something does, at
 * least one finding is `likely` or `certain`. `undecided`: too little history, or something grows and whether it
 * ends cannot be told yet; {@link LeakReport.undecided} says what would settle it.
 */
export type Verdict = 'clean' | 'leaking' | 'undecided'

/** One step of a path from a GC root to an object. */
export interface RetainerStep {
  /** The object at the end of this step, as code would call it. */
  name: string
  /** The property, variable or slot that leads to it. */
  edge: string
  file?: string
  line?: number
}

/** One thing that grows. */
export interface Finding {
  kind:
    | 'listener'
    | 'timer'
    | 'handle'
    | 'cache'
    | 'collection'
    | 'object'
    | 'closure'
    | 'promise'
    | 'string'
    | 'buffer'
    | 'context'
    | 'native'
    | 'heap'
  /** One sentence: what grows, how fast, where it is held, where it is made. */
  message: string
  /**
   * The code to look at: the call that adds the listener, starts the timer or opens the descriptor. Source-mapped
   * where the file has a map. Empty but for `name` where no code is known.
   */
  culprit: { name?: string; file?: string; line?: number; column?: number; function?: string }
  /** What was added while it was watched, in listeners, timers… (`count`) or `bytes`. */
  growth: { unit: 'count' | 'bytes'; total: number; perOperation?: number; perHour?: number }
  /** `certain`: counted one by one over a long time; `likely`: counted or sampled; `possible`: a sign, not a proof. */
  confidence: 'certain' | 'likely' | 'possible'
  /** What it rests on, one line each, with the numbers. */
  evidence: string[]
  /** From the GC root to the leaked object, where a heap was looked at. */
  retainerPath?: RetainerStep[]
  /** 16 hexadecimal digits, the same across runs, machines and line shifts. */
  fingerprint: string
  /** What to do about it, in one sentence. */
  advice: string
}

/** The one value everywhere. `JSON.stringify` gives what `leakguard/schema/report.json` describes. */
export interface LeakReport {
  schemaVersion: 1
  verdict: Verdict
  /** Surest first; among equals the one that grows most. */
  findings: Finding[]
  /** What could not be decided, and what would settle it: one sentence each. */
  undecided: string[]
  /** What was looked at: a clean verdict is worth as much as this. */
  looked: string[]
  /** Findings left out because a rule or the baseline allows them. */
  allowed: number
  /** The text report, never coloured. */
  toString(): string
  toJSON(): object
}

/** Thrown where a leak is a failure. Match on `code`. */
export class LeakError extends Error {
  constructor(report: LeakReport)
  code: 'ERR_LEAKGUARD_LEAK'
  report: LeakReport
}

/** Options of {@link start}; a misspelled one is an error (`ERR_LEAKGUARD_UNKNOWN_OPTION`). */
export interface GuardOptions {
  /**
   * `'sampled'` (default) takes call sites of all rare events and of a share of frequent ones, some hundred a second;
   * `'exact'` takes one for each, at 2-5 µs per listener, timer and descriptor.
   */
  sites?: 'sampled' | 'exact'
  /**
   * Some growth only a garbage collection can tell from garbage (listeners on many objects, pending promises, memory).
   * `'auto'` (default) has V8 make a full one where such evidence waits: never from `check()`, never of a heap above
   * 128 MB, at most 2 % of the time in the first minute and 0.2 % later, ever more rarely while nothing is found.
   * `'never'` waits for V8's own.
   */
  collect?: 'auto' | 'never'
  /** Shortest time over which growth must have been seen before it is a finding, 100 to 86,400,000 ms. Default 1000. */
  historyMs?: number
}

/** One live count. */
export interface Count {
  /** `target` and `listener` (listener lists, single listeners), `timer`, `resource`, `descriptor`, `collection`, `group`. */
  pool: string
  label: string
  /** How many there are now; an estimate where events were sampled. */
  live: number
  /** The most there were. */
  highWater: number
}

/** The running guard of a thread. */
export interface Guard extends EventEmitter {
  /** Judges what is held now, in this process's threads. Sync, below a millisecond. Throws `ERR_LEAKGUARD_NOT_RUNNING` once stopped. */
  check(): LeakReport
  /** Takes the hooks back and forgets the counts of this thread. May be called again without effect. */
  stop(): void
  readonly running: boolean
  /** The live counts themselves. */
  counts(): Count[]
  /** What the guard itself holds, approximately. */
  usage(): { nativeBytes: number; jsBytes: number; threads: number }
  /** Something was found that had not been reported before, and was still found 10 s later. */
  on(event: 'leak', listener: (report: LeakReport) => void): this
  /** A finding that was reported no longer grows. */
  on(event: 'recovered', listener: (finding: Finding) => void): this
  on(event: string | symbol, listener: (...args: any[]) => void): this
}

/**
 * Installs hooks and sampling for this thread, and keeps neither the process alive nor anything of the program's.
 * A second start returns the running guard; with other options it throws `ERR_LEAKGUARD_ALREADY_RUNNING`.
 *
 * @example
 * const guard = require('leakguard').start()
 * guard.on('leak', (report) => console.error(String(report)))
 */
export function start(options?: GuardOptions): Guard

/**
 * The report of the running guard of this thread: {@link Guard.check}.
 * Throws `ERR_LEAKGUARD_NOT_RUNNING` when there is none.
 */
export function check(): LeakReport

/**
 * Counts the entries of a collection, which is held weakly, for as long as it lives. Its `max`, if it has one, is
 * taken for its bound: growth below it is filling. Throws `ERR_LEAKGUARD_INVALID_ARG` without a numeric `size` or `length`.
 *
 * @example
 * const sessions = track(new Map(), 'sessions')
 */
export function track<C extends { size: number } | { length: number }>(collection: C, name: string): C

/** A finding that is accepted: made by {@link allow}. */
export interface AllowRule {
  /** What it accepts, in words. */
  readonly label: string
  matches(finding: Finding): boolean
}

/** Options of {@link measureLeaks} and {@link assertNoLeaks}. */
export interface MeasureOptions {
  /**
   * Time for deciding, 100 to 3,600,000 ms. Default 4000: below the 5 s that test runners give a test. A clean
   * operation takes a fraction of it; a suspicion may take one confirming stage more, a leak the time for its reasons.
   */
  budgetMs?: number
  /** Findings to accept; they are counted in {@link LeakReport.allowed}. Default none. */
  allow?: AllowRule[]
  /**
   * A file of known leaks, `leakguard.baseline.json` by custom; one that does not exist is empty. With
   * `LEAKGUARD_UPDATE_BASELINE=1` in the environment what is found is added to it. Broken: `ERR_LEAKGUARD_BASELINE`.
   */
  baseline?: string
  /** Whether {@link assertNoLeaks} passes (with a process warning) or rejects when it cannot tell. Default `'pass'`. */
  undecided?: 'pass' | 'fail'
  /** Heap snapshots: on suspicion (`'auto'`, default), always, or never. */
  heap?: 'auto' | 'always' | 'never'
  /** Stops it: the promise rejects with `ERR_LEAKGUARD_ABORTED`; a call that hangs is waited for no longer. */
  signal?: AbortSignal
  /** Told at each look; `fraction` from 0 to 1. */
  onProgress?: (progress: { phase: string; fraction: number }) => void
}

/**
 * Calls `op`, sync or async, again and again and tells whether what it leaves behind grows with the number of calls.
 * Does not reject because of a leak; an error of `op` is passed on. One at a time in a thread: `ERR_LEAKGUARD_BUSY`.
 *
 * @example
 * const report = await measureLeaks(() => handle(request))
 * console.log(report.verdict)
 */
export function measureLeaks(op: () => unknown, options?: MeasureOptions): Promise<LeakReport>

/**
 * {@link measureLeaks}, and rejects with a {@link LeakError} when the verdict is `leaking` (or `undecided`, with
 * `{ undecided: 'fail' }`).
 *
 * @example
 * test('handle leaves nothing behind', () => assertNoLeaks(() => handle(request)))
 */
export function assertNoLeaks(op: () => unknown, options?: MeasureOptions): Promise<LeakReport>

/** Rules for {@link MeasureOptions.allow}. A wrong argument throws `ERR_LEAKGUARD_INVALID_ARG`. */
export const allow: {
  /** Listeners of an event, or of all. */
  listeners(event?: string): AllowRule
  /** Timers of a function (`setInterval`), or all. */
  timers(name?: string): AllowRule
  /** Handles of a type (`fd:file`, `TCPSocketWrap`), or all. */
  handles(type?: string): AllowRule
  /** The finding with this fingerprint. */
  fingerprint(fingerprint: string): AllowRule
  /** Findings whose culprit is in such a file: a pattern, or a part of its path with forward slashes. */
  file(pattern: RegExp | string): AllowRule
}

/** Options of {@link loadHeap}. */
export interface LoadOptions extends WatchOptions, AnalysisOptions {}

/** Options of {@link captureHeap}. */
export interface CaptureOptions extends WriteOptions, AnalysisOptions {}

/** How a caller follows work on a heap, and stops it. */
export interface WatchOptions {
  /** Stops the work: the promise rejects with `ERR_LEAKGUARD_ABORTED`. */
  signal?: AbortSignal
  /** Told about ten times a second; `fraction` from 0 to 1 over all phases. */
  onProgress?: (progress: { phase: string; fraction: number }) => void
}

/** When a heap is analysed. */
export interface AnalysisOptions {
  /**
   * When dominators, retained sizes and paths are found: `'now'` (default) on the load's own thread, before the promise
   * resolves; `'later'` when a method of the graph first needs them, on the thread that calls it, some 0.15 s each for a
   * snapshot of 100 MB: for heaps that are only compared.
   */
  analysis?: 'now' | 'later'
}

/** Options of {@link writeHeap}. */
export interface WriteOptions extends WatchOptions {
  /**
   * How to take it. `'inline'` stops the program while V8 writes; `'auto'` (default) picks what this platform has,
   * today always `'inline'`; `'fork'` is not available in this version (`ERR_LEAKGUARD_NO_FORK`).
   */
  mode?: 'auto' | 'fork' | 'inline'
  /**
   * Leave out what the program's strings say (default). Names of properties, variables, classes, functions and
   * scripts stay.
   */
  redact?: boolean
  /** Capture though the estimate says that memory will not do (`ERR_LEAKGUARD_MEMORY`). Default false. */
  force?: boolean
}

/** A heap snapshot as a graph. Sizes in bytes; ids are V8's, good within this graph. */
export interface HeapGraph {
  readonly nodeCount: number
  readonly edgeCount: number
  /** Sum of all shallow sizes. */
  readonly selfBytes: number
  /** How it was captured; undefined where it was loaded. */
  readonly capture?: { mode: 'fork' | 'inline'; pauseMs: number; totalMs: number; attempts: number; idsStable: boolean }
  /** Classes (by constructor and its place; functions by name, as `function put`; plain objects by shape), most retained first; 50 of them by default. */
  classes(options?: { limit?: number }): { name: string; count: number; shallowBytes: number; retainedBytes: number }[]
  /** Retained size of a node; `nodeId` as DevTools shows it after '@'. Throws `ERR_LEAKGUARD_NO_NODE`. */
  retainedBytes(nodeId: number): number
  /** The path to a node that is easiest to act on, GC root first, written as code. Throws `ERR_LEAKGUARD_NO_NODE`. */
  retainerPath(nodeId: number): RetainerStep[]
  /** Gives the memory back; later calls throw `ERR_LEAKGUARD_DISPOSED`. */
  dispose(): void
  [Symbol.dispose](): void
}

/**
 * Captures the heap of this thread and reads it on a thread of its own. The program stands still while V8
 * collects its objects, about 10 s for a million of them on a slow machine, and needs many times the heap's memory
 * meanwhile: for production use with care. V8's tracking of ids is ended afterwards.
 */
export function captureHeap(options?: CaptureOptions): Promise<HeapGraph>

/**
 * Writes a `.heapsnapshot` that Chrome DevTools opens, readable by its owner only (mode 0600), through a file beside
 * it that is renamed when complete. Gives the absolute path.
 */
export function writeHeap(path: string, options?: WriteOptions): Promise<string>

/**
 * Reads a `.heapsnapshot` of V8 (Node 20 and later, Chrome DevTools, the `heapdump` package). Broken input gives
 * `ERR_LEAKGUARD_SNAPSHOT_*` with section and byte offset.
 */
export function loadHeap(source: string | AsyncIterable<Uint8Array>, options?: LoadOptions): Promise<HeapGraph>

/**
 * What grew from one heap to the next: the containers, with their owner's variable, function and line. With three
 * heaps only what grew each time.
 */
export function diffHeaps(before: HeapGraph, after: HeapGraph, final?: HeapGraph): Promise<LeakReport>
