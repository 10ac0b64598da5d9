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
   * `'sampled'` (default) takes call sites of all rare events and of a share of frequent ones, about 200 a second;
   * `'exact'` takes one for each, at 2-5 µs per listener, timer and descriptor.
   */
  sites?: 'sampled' | 'exact'
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
  /** Something was found that had not been reported before. */
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
