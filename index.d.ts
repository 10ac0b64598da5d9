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
  /** The property, variable or slot that leads to it, as code would write it. */
  edge: string
  /** What kind of link that is, and its name where it has one. */
  link?: { type: string; name?: string }
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
  /** What it is about: `{ type: 'listeners', event, class }`, `{ type: 'objects', class }`, … */
  subject?: { type: string; [fact: string]: unknown }
  /** What was seen of it: `{ type: 'grew', from, to, … }`, `{ type: 'perCall', doses, readings }`, … */
  change?: { type: string; [fact: string]: unknown }
  /** What holds it, where a heap was looked at. */
  holder?: { class?: string; name?: string; file?: string; line?: number; [fact: string]: unknown }
  /** The call that made most of it first, then its callers. */
  callers?: { file: string; line: number; column?: number; function?: string }[]
}

/** A series of readings that a report can draw. At most 400 points each. */
export interface ReportSeries {
  /** What was read: a field of `process.memoryUsage()`, `malloc`, or what a count is called. */
  name: string
  unit: 'bytes' | 'count'
  /** What the first number of a point is: seconds since the first reading, or calls of the measured operation. */
  x: 'seconds' | 'calls'
  /** `[x, value]` in the order of x. */
  points: [number, number][]
  /** Levels right after major garbage collections. */
  floors?: [number, number][]
  /** Both ends of the fitted line. */
  trend?: [number, number][]
  /** From here it rises, in `x`. */
  onset?: number
  /** What the process may take, in bytes. */
  limit?: number
  /** Of the finding that it belongs to. */
  fingerprint?: string
}

/** One live count of a report. */
export interface ReportCount {
  /** As {@link Count.pool}. */
  pool: string
  label: string
  /** How many there are; an estimate where events were sampled. */
  live: number
  highWater: number
  /** A worker thread; absent for the main one. */
  thread?: string
  /** The call that made them, where it is one; 1-based. */
  file?: string
  line?: number
  column?: number
  function?: string
}

/** Who holds memory in a heap: a line of a tree in preorder, alike objects as one, small ones together as `(other)`. */
export interface ReportOwner {
  /** Owners above it; the whole heap is at 0. */
  depth: number
  /** The variable or property by which the owner above holds it. */
  name?: string
  /** Class, function or scope. */
  class: string
  /** Objects. */
  count: number
  /** What is free when all of them are gone, in bytes; nothing is counted twice. */
  retainedBytes: number
  file?: string
  line?: number
}

/** What {@link LeakReport.render} makes of a report. */
export type ReportFormat = 'text' | 'json' | 'html' | 'sarif' | 'github' | 'markdown'

/** Options of {@link LeakReport.render}. */
export interface RenderOptions {
  /** `text`: wrap lines to so many columns, 40 or more. Without it nothing is wrapped. */
  columns?: number
  /** `text`: draw a line of bars under a finding that has a series. Default false. */
  sparklines?: boolean
  /** `sarif`, `github`, `markdown`: paths below this folder are told relative to it. Default: the current one. */
  root?: string
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
  /** Readings to draw, where there are some: of a running guard, a trend, a measurement. */
  readonly series?: ReportSeries[]
  /** The largest live counts by site, at most 200: of a running guard. */
  readonly counts?: ReportCount[]
  /** Who holds the memory of the last heap that was compared, some 400 lines: where its dominators are known. */
  readonly owners?: ReportOwner[]
  /** What a guard followed of requests, sockets, streams, processes and threads. */
  readonly lifecycles?: LifeCycle[]
  /**
   * The report as text, JSON, one self-contained HTML page, SARIF 2.1.0, GitHub's annotations (workflow commands) or
   * Markdown. Throws `ERR_LEAKGUARD_INVALID_ARG` for another format.
   */
  render(format: ReportFormat, options?: RenderOptions): string
  /**
   * Writes the HTML page, readable by its owner alone (0600), whole or not at all. Resolves with the absolute path;
   * rejects with the file system's error.
   */
  writeHtml(path: string): Promise<string>
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
   * 128 MB, at most 2 % of the time in the first minute and 0.2 % later, ever more rarely while nothing is found; and
   * under `leakguard/register` hardly any before somebody asks.
   * `'never'` waits for V8's own.
   */
  collect?: 'auto' | 'never'
  /** Shortest time over which growth must have been seen before it is a finding, 100 to 86,400,000 ms. Default 1000. */
  historyMs?: number
  /**
   * `'auto'` (default) samples memory for as long as the guard runs and judges its trend, as {@link analyzeTrend} does:
   * what rises by itself and keeps rising is a finding. At least 64 hours stand in 39 KB. `'never'` does without.
   */
  memory?: 'auto' | 'never'
  /** Time between two samples of memory, 100 to 3,600,000 ms. Default 10,000. */
  sampleMs?: number
  /** For trials: a second counts as so many in all that concerns trends, 1 to 10,000. Default 1. */
  timeScale?: number
  /** A CSV file to which each sample of memory is appended; `leakguard trend` reads it. Worker threads add their number. */
  record?: string
  /**
   * `'auto'` (default): once a trend of the heap or of Buffers stands, V8's sampling heap profiler runs for some seconds
   * to minutes, once, and names the lines that allocate what stays. `'never'`: no profile.
   */
  profile?: 'auto' | 'never'
  /** Longest time a profile runs, 1000 to 3,600,000 ms. Default 600,000. */
  profileMs?: number
  /**
   * Which copies of the process may be made to explain a suspicion. `'auto'` (default): one heap graph for requests,
   * sockets, processes and threads that are over and stay, rarely, where copies are shown to work (Linux x64, glibc). With `'census'` and `'fork'`, once a trend stands:
   * `'census'` counts the heap in two copies, before and after the profile, to say what became more; `'fork'` captures
   * and reads a heap as well, to say what holds most. `'never'`: no copy.
   */
  explain?: 'auto' | 'never' | 'census' | 'fork'
  /** Findings to accept; they are counted in {@link LeakReport.allowed}. Default none. */
  allow?: AllowRule[]
  /** A file of known leaks, as in {@link MeasureOptions}; read once. Broken: `ERR_LEAKGUARD_BASELINE`. */
  baseline?: string
  /**
   * What becomes of {@link watch}ed objects whose {@link scope} has ended. `'tell'` (default): those that outlive four
   * of V8's own full collections and 5 s are findings, without what holds them. `'explain'`: with it, by a heap snapshot
   * that stops the program for about 30 ms a MB of heap: one for each label and line, at most one a minute, then ever
   * more rarely. `'never'`: left to {@link checkWatched}.
   */
  watched?: 'tell' | 'explain' | 'never'
  /**
   * Captures that the guard takes by itself: `.heapsnapshot` files, each written by a copy of the process, so on Linux
   * only (elsewhere the event `'capture'` tells the error). None by default.
   */
  capture?: {
    /** Where to write, as `leakguard-PID-TIME.heapsnapshot` (mode 0600); made where it is missing. */
    folder: string
    /**
     * `'leak'` (default): on a finding that is announced, once for each fingerprint; `'limit'`: when the heap is above
     * 75 % of V8's limit for old objects, after a collection; the name of a signal: whenever it comes to the main thread. Of the first two at most one in ten
     * minutes and ten in all.
     */
    on?: ('leak' | 'limit' | NodeJS.Signals)[]
    /** As in {@link WriteOptions}. Default true. */
    redact?: boolean
  }
}

/** A capture that a guard took by itself, or did not. */
export interface GuardCapture {
  why: 'leak' | 'limit' | 'signal'
  /** The file, unless it failed: a `.heapsnapshot`, or a `.census.json` where there is no memory for one. */
  file?: string
  /** What the file is. */
  depth?: 'graph' | 'census'
  /** Why it failed: `ERR_LEAKGUARD_NO_FORK`, `ERR_LEAKGUARD_FORK_FAILED`, `ERR_LEAKGUARD_MEMORY`, or the disk's. */
  error?: Error
  /** What it was taken for. */
  finding?: Finding
}

/** Memory of a thread as it was last sampled: bytes; what was not read is absent. */
export interface MemoryNow {
  heapUsed: number
  external: number
  arrayBuffers: number
  /** Of the process, from the main thread only, as all that follows up to `groupUsed`. */
  rss?: number
  /** What the C allocator (glibc) has handed out, and what it keeps of what was freed. */
  mallocUsed?: number
  mallocFree?: number
  /** What the control group of the process may use, and uses. */
  limit?: number
  groupUsed?: number
  /** What V8 allows this thread for objects that are not young: programs die there. */
  heapLimit: number
  /** What the last major collection left. */
  heapFloor?: number
  externalFloor?: number
  spaces: { oldSpace: number; largeObjects: number; code: number; otherSpaces: number }
  /** What stands: the field that rises, bytes an hour, and milliseconds until a limit is reached, if there is one. */
  trend?: { metric: string; perHour: number; leftMs?: number }
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

/** Requests, sockets, streams, processes or threads of one kind, of which a few are followed from beginning to end. */
export interface LifeCycle {
  kind:
    | 'server request'
    | 'client request'
    | 'server socket'
    | 'client socket'
    | 'server stream'
    | 'client stream'
    | 'child process'
    | 'worker'
  /** How many have begun since the first that was followed. */
  begun: number
  /** Followed now, at most 64 of all kinds. */
  followed: number
  /** Of these, those that are over. */
  over: number
  /** Of these, those of which no collection has decided yet: following may hold them until the next major one. */
  undecided: number
  /** Of these, those that have outlived two major collections. */
  retained: number
  /** Followed before, and collected. */
  collected: number
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
  /**
   * The caches of all threads: those of {@link WeakLruCache} by their own counts, those of lru-cache 11.5 and later by
   * what they publish in one tick of twenty (`hits` to `keys` are of these ticks only).
   */
  caches(): CacheReport[]
  /** Memory of this thread as it was last sampled; undefined before the first sample, and with `memory: 'never'`. */
  memoryNow(): MemoryNow | undefined
  /** All that this guard has counted and follows. */
  stats(): {
    counts: Count[]
    caches: CacheReport[]
    memory: MemoryNow | undefined
    lifecycles: LifeCycle[]
    usage: { nativeBytes: number; jsBytes: number; threads: number }
  }
  /** What the guard itself holds, approximately. */
  usage(): { nativeBytes: number; jsBytes: number; threads: number }
  /**
   * Something was found that had not been reported before, and was still found 10 s later. Growth of memory is told once
   * its trend stands and has been explained.
   */
  on(event: 'leak', listener: (report: LeakReport) => void): this
  /** A finding that was reported no longer grows. */
  on(event: 'recovered', listener: (finding: Finding) => void): this
  /** A capture that the option `capture` asks for has ended. */
  on(event: 'capture', listener: (capture: GuardCapture) => void): this
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
   * 100 to 3,600,000 ms. Bounds all of it: no round, look or heap snapshot begins later, and the report names what could
   * not be interrupted. Without it 4000 ms are for deciding (a clean operation takes a fraction of them), and a leak takes
   * the time for its reasons besides.
   */
  budgetMs?: number
  /** Findings to accept; they are counted in {@link LeakReport.allowed}. Default none. */
  allow?: AllowRule[]
  /**
   * A file of known leaks, `leakguard.baseline.json` by custom; one that does not exist is empty. With
   * `LEAKGUARD_UPDATE_BASELINE=1` in the environment what is found is added to it. Broken: `ERR_LEAKGUARD_BASELINE`.
   */
  baseline?: string
  /**
   * Whether an assertion passes or fails when it cannot tell. One that passes says so in one line on stderr (PASSED
   * WITHOUT AN ANSWER) and in a process warning. Default what `LEAKGUARD_UNDECIDED` says, or else `'pass'`.
   */
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
 * `{ undecided: 'fail' }` or `LEAKGUARD_UNDECIDED=fail`).
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
   * When dominators, retained sizes and paths are found: at once (default) on the load's own thread, before the promise
   * resolves; with `false` when a method of the graph first needs them, on the thread that calls it, some 0.15 s each for a
   * snapshot of 100 MB: for heaps that are only compared.
   */
  eager?: boolean
}

/** Options of {@link writeHeap}. */
export interface WriteOptions extends WatchOptions {
  /**
   * How to take it. `'inline'` (default) stops the program while V8 writes. `'fork'` stops it only while it is copied,
   * and the copy writes: Linux on x64 and arm64, else `ERR_LEAKGUARD_NO_FORK`; `ERR_LEAKGUARD_FORK_FAILED` where no
   * copy does its work. `'auto'` forks where that is shown to work and there is memory for it, else it is inline.
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

/** How a heap was captured. */
export interface CaptureDetails {
  mode: 'fork' | 'inline'
  /** Why this mode. */
  reason: string
  /** How long the program stood still, in milliseconds; of all forks together. */
  pauseMs: number
  /** From the call to the graph, in milliseconds. */
  totalMs: number
  /** How often the process was copied until a copy did its work; 1 for an inline capture. */
  attempts: number
  /** Why the copies before that one did not do it, one reason each. */
  failures: string[]
}

/** A heap snapshot as a graph. Sizes in bytes; ids are V8's, good within this graph. */
export interface HeapGraph {
  readonly nodeCount: number
  readonly edgeCount: number
  /** Sum of all shallow sizes. */
  readonly selfBytes: number
  /** What is odd about the file it was loaded from, one line each: a type that its header does not name, ids of 64 bits. */
  readonly notes: readonly string[]
  /** How it was captured; undefined where it was loaded. */
  readonly capture?: CaptureDetails
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

/** A container that a census counted. */
export interface CensusContainer {
  /** Its class. */
  name: string
  kind: 'map' | 'set' | 'array' | 'object'
  /** Entries, elements or properties; 32 and more are told. */
  size: number
  /** The property that holds it, where an object, a module's exports or the global object has one: `Store.cache`. */
  heldBy?: string
}

/** The listeners of one event, on all emitters or targets of one class. */
export interface CensusListeners {
  /** The class. */
  emitter: string
  event: string
  /** Of all of them together. */
  count: number
  /** How many have any. */
  emitters: number
  /** Of the one that has most. */
  most: number
}

/** What became more from one census to another; bytes for `buffer`. */
export interface CensusGrowth {
  kind: 'class' | 'container' | 'listener' | 'buffer'
  name: string
  /** Of all that have the name; 0 also for containers that were too small to be told. */
  from: number
  to: number
}

/**
 * A heap counted: garbage is not in it; strings, numbers and proxies are not counted, nor are objects without a prototype,
 * unless a property holds them. Tables have their largest 2,000 rows; 50 are given by default.
 */
export interface HeapCensus {
  readonly capture: CaptureDetails
  /** How many there are. */
  readonly objects: number
  /** ArrayBuffers, and their bytes. */
  readonly buffers: { count: number; bytes: number }
  /** By the name of the constructor, most objects first. */
  classes(options?: { limit?: number }): { name: string; count: number }[]
  /** Largest first. */
  containers(options?: { limit?: number }): CensusContainer[]
  /** Most listeners first. */
  listeners(options?: { limit?: number }): CensusListeners[]
  /**
   * What grew since an earlier census of this program, most first. Containers of one class and holder count together: which
   * is which no two censuses can tell. Throws `ERR_LEAKGUARD_INVALID_ARG`.
   */
  grownSince(earlier: HeapCensus): CensusGrowth[]
  /** Plain values, with a `schemaVersion`: names are those of code and of events, no other text of the program's. */
  toJSON(): object
}

/**
 * Captures the heap of this thread and reads it on a thread of its own. Inline, the program stands still while V8
 * collects its objects, about 10 s for a million of them on a slow machine, and needs many times the heap's memory
 * meanwhile: for production use with care. V8's tracking of ids is ended afterwards.
 */
export function captureHeap(options?: CaptureOptions): Promise<HeapGraph>

/** Counts the heap of this thread, for a third to a tenth of a graph's memory and time. */
export function countHeap(options?: WriteOptions): Promise<HeapCensus>

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

/** One cache, as {@link Guard.caches} tells it. */
export interface CacheReport {
  /** Empty for the main thread. */
  thread: string
  name: string
  size: number
  /** Entries it may hold; 0 where only their sizes are bounded. */
  max: number
  /** Sum of the sizes of its entries, in the program's unit; 0 where they have none. */
  bytes: number
  hits: number
  misses: number
  /** Entries pushed out, or collected. */
  evictions: number
  stale: number
  /** Different keys that were added, estimated. */
  keys: number
  /** Where it was made; of an lru-cache, where it was first seen to be used. */
  file?: string
  line?: number
  function?: string
}

/** Why an entry left a cache: pushed out, overwritten, deleted, too old, or its fetch failed. */
export type DisposeReason = 'evict' | 'set' | 'delete' | 'expire' | 'fetch'

/** What `fetchMethod` is given besides key and stale value. */
export interface FetcherOptions<K, V, FC = unknown> {
  /** Aborted when nobody can want the result any more, or when the signal of the call is. */
  signal: AbortSignal
  /** The options of this call, filled in with those of the cache. */
  options: CacheFetchOptions<K, V, FC>
  context: FC
}

/** Options of {@link WeakLruCache}: those of lru-cache 11 where the name is the same, with its meaning and default. */
export interface WeakLruCacheOptions<K, V, FC = unknown> {
  /** Entries held strongly. One of `max` and `maxSize` is required. Nothing is allocated up to it in advance. */
  max?: number
  /** Largest sum of sizes held strongly, in the unit of `sizeCalculation`. */
  maxSize?: number
  /** A larger entry is not kept. Default `maxSize`. */
  maxEntrySize?: number
  /**
   * Size of an entry, a positive integer; `'estimate'`: about the bytes that its value keeps alive. Needs `maxSize` or
   * `maxEntrySize`. If it throws, the cache is as it was.
   */
  sizeCalculation?: 'estimate' | ((value: V, key: K) => number)
  /** Age in milliseconds after which an entry is stale; 0 (default): never. */
  ttl?: number
  /** So long a time that was read is good, in milliseconds. Default 1. */
  ttlResolution?: number
  /** Have stale entries removed within some seconds, by one timer for all caches. Default false. */
  ttlAutopurge?: boolean
  /** `get` makes an entry young. Default false. */
  updateAgeOnGet?: boolean
  /** `has` makes an entry young. Default false. */
  updateAgeOnHas?: boolean
  /** Give stale values, once. Default false. */
  allowStale?: boolean
  noDeleteOnStaleGet?: boolean
  /** Overwriting keeps the age. Default false. */
  noUpdateTTL?: boolean
  noDisposeOnSet?: boolean
  /** Told of each value that leaves, after the cache is in its new state. Not of values that V8 has collected. */
  dispose?: (value: V, key: K, reason: DisposeReason) => void
  /** As `dispose`, and called after it. */
  disposeAfter?: (value: V, key: K, reason: DisposeReason) => void
  /** Told of each value that comes. */
  onInsert?: (value: V, key: K, reason: 'add' | 'update' | 'replace') => void
  /** Makes a value for {@link WeakLruCache.fetch}. */
  fetchMethod?: (
    key: K,
    staleValue: V | undefined,
    options: FetcherOptions<K, V, FC>
  ) => Promise<V | undefined> | V | undefined
  /** Makes a value for {@link WeakLruCache.memo}. */
  memoMethod?: (key: K, staleValue: V | undefined, options: { options: object; context: FC }) => V
  noDeleteOnFetchRejection?: boolean
  allowStaleOnFetchRejection?: boolean
  allowStaleOnFetchAbort?: boolean
  ignoreFetchAbort?: boolean
  /** Another clock: `now()` in milliseconds. */
  perf?: { now(): number }
  /**
   * Hold what is pushed out of `max` or `maxSize` weakly instead of dropping it: found again while it is in use
   * elsewhere, V8's to take otherwise. Primitives cannot be held weakly and are dropped. Default false.
   */
  weak?: boolean
  /** Entries held weakly, besides `max`. Default 16 times `max`, or 10,000 without `max`. */
  weakMax?: number
  /** What reports call it. Default `'WeakLruCache'`. */
  name?: string
}

/** Options of {@link WeakLruCache.get}. */
export interface CacheGetOptions {
  allowStale?: boolean
  updateAgeOnGet?: boolean
  noDeleteOnStaleGet?: boolean
}

/** Options of {@link WeakLruCache.set}. */
export interface CacheSetOptions<K, V> {
  /** Milliseconds, for this entry. */
  ttl?: number
  /** When its age begins, by the clock of `perf`. */
  start?: number
  /** In place of what `sizeCalculation` would say. */
  size?: number
  sizeCalculation?: (value: V, key: K) => number
  noDisposeOnSet?: boolean
  noUpdateTTL?: boolean
}

/** Options of {@link WeakLruCache.fetch}. */
export interface CacheFetchOptions<K, V, FC = unknown> extends CacheGetOptions, CacheSetOptions<K, V> {
  noDeleteOnFetchRejection?: boolean
  allowStaleOnFetchRejection?: boolean
  allowStaleOnFetchAbort?: boolean
  ignoreFetchAbort?: boolean
  /** Fetch though there is a value that is not stale. */
  forceRefresh?: boolean
  signal?: AbortSignal
  context?: FC
}

/** One entry as {@link WeakLruCache.info} and {@link WeakLruCache.dump} tell it. */
export interface CacheEntry<V> {
  value: V
  size?: number
  /** Milliseconds: what is left of them (`info`), or all (`dump`). */
  ttl?: number
  /** By `Date.now()`. */
  start?: number
}

/** What happened in a cache so far. */
export interface CacheStats {
  hits: number
  misses: number
  /** Entries pushed out altogether. */
  evictions: number
  /** Times that a stale entry was met. */
  stale: number
  /** Weakly held values met after V8 had taken them. */
  collected: number
  /** Entries added. */
  additions: number
  /** Different keys that were added, estimated from every sixteenth. */
  keys: number
  /** Entries held strongly and weakly now. */
  strong: number
  weak: number
}

/**
 * A bounded cache in exact least-recently-used order, with the names of lru-cache 11, that can hold weakly what it has
 * no room for. Throws `ERR_LEAKGUARD_INVALID_ARG` without a bound and for wrong values,
 * `ERR_LEAKGUARD_UNKNOWN_OPTION` for options it does not know, those of lru-cache that it leaves out among them.
 *
 * @example
 * const users = new WeakLruCache({ max: 1000, weak: true, name: 'users' })
 * users.set(user.id, user)
 */
export class WeakLruCache<K, V extends {}, FC = unknown> implements Iterable<[K, V]> {
  constructor(options: WeakLruCacheOptions<K, V, FC>)
  readonly max: number
  readonly maxSize: number
  readonly weak: boolean
  readonly weakMax: number
  readonly name: string
  readonly perf: { now(): number }
  // Options that may be changed: the new value holds for the calls that follow.
  ttl: number
  ttlResolution: number
  ttlAutopurge: boolean
  updateAgeOnGet: boolean
  updateAgeOnHas: boolean
  allowStale: boolean
  noDeleteOnStaleGet: boolean
  noUpdateTTL: boolean
  noDisposeOnSet: boolean
  maxEntrySize: number
  sizeCalculation: ((value: V, key: K) => number) | undefined
  noDeleteOnFetchRejection: boolean
  allowStaleOnFetchRejection: boolean
  allowStaleOnFetchAbort: boolean
  ignoreFetchAbort: boolean
  readonly fetchMethod: WeakLruCacheOptions<K, V, FC>['fetchMethod']
  readonly memoMethod: WeakLruCacheOptions<K, V, FC>['memoMethod']
  readonly dispose: WeakLruCacheOptions<K, V, FC>['dispose']
  readonly disposeAfter: WeakLruCacheOptions<K, V, FC>['disposeAfter']
  readonly onInsert: WeakLruCacheOptions<K, V, FC>['onInsert']
  /** Entries, those held weakly included; some of these may be collected already. */
  readonly size: number
  /** Sum of the sizes held strongly. */
  readonly calculatedSize: number
  /** What happened so far; a new object each time. */
  readonly stats: CacheStats
  /** The value, which is then the most recently used and held strongly; undefined where there is none. */
  get(key: K, options?: CacheGetOptions): V | undefined
  /** The value, its place in the order unchanged. */
  peek(key: K, options?: { allowStale?: boolean }): V | undefined
  /** Whether there is a value now. A weakly held one may be collected before the next `get`, even in the same job. */
  has(key: K, options?: { updateAgeOnHas?: boolean }): boolean
  /** Adds or overwrites; `undefined` deletes. */
  set(key: K, value: V | undefined, options?: CacheSetOptions<K, V>): this
  /** Whether there was an entry. */
  delete(key: K): boolean
  clear(): void
  /** Evicts the entry that was used longest ago, and gives its value. */
  pop(): V | undefined
  /** Milliseconds until it is stale; 0 where there is no entry, Infinity where it has no age. */
  getRemainingTTL(key: K): number
  /** Removes what is stale. Whether there was any. */
  purgeStale(): boolean
  /**
   * Has the given share of what is held strongly become weak, least recently used first; without `weak` it is evicted.
   * How many entries that was. For memory pressure that only the program knows of.
   *
   * @example
   * server.on('overload', () => users.relax(0.5))
   */
  relax(fraction: number): number
  /**
   * The value, or what `fetchMethod` makes of the key: once, however many ask meanwhile. With `allowStale` a stale value
   * is given at once and renewed behind it. A rejection reaches those who wait and leaves no entry, unless an option
   * says otherwise.
   *
   * @example
   * const users = new WeakLruCache({ max: 1000, ttl: 60_000, fetchMethod: (id, _, { signal }) => load(id, { signal }) })
   * const user = await users.fetch(7)
   */
  fetch(key: K, options?: CacheFetchOptions<K, V, FC>): Promise<V | undefined>
  /** As `fetch`; rejects where there is no value. */
  forceFetch(key: K, options?: CacheFetchOptions<K, V, FC>): Promise<V>
  /** The value, or what `memoMethod` makes of the key. */
  memo(
    key: K,
    options?: CacheGetOptions & CacheSetOptions<K, V> & { context?: FC; forceRefresh?: boolean }
  ): V | undefined
  /** Entries, the most recently used first: as they were ordered when it began, without what has gone since. */
  entries(): Generator<[K, V]>
  rentries(): Generator<[K, V]>
  keys(): Generator<K>
  rkeys(): Generator<K>
  values(): Generator<V>
  rvalues(): Generator<V>
  [Symbol.iterator](): Generator<[K, V]>
  forEach(fn: (value: V, key: K, cache: this) => void, thisArg?: unknown): void
  rforEach(fn: (value: V, key: K, cache: this) => void, thisArg?: unknown): void
  /** The value of the first entry for which `fn` is true; it is then the most recently used. */
  find(fn: (value: V, key: K, cache: this) => unknown, options?: CacheGetOptions): V | undefined
  info(key: K): CacheEntry<V> | undefined
  /** All entries as plain data, for {@link WeakLruCache.load}. */
  dump(): [K, CacheEntry<V>][]
  load(entries: [K, CacheEntry<V>][]): void
  readonly [Symbol.toStringTag]: string;
  /** `clear()`; with `using` it comes by itself (Node.js 20.4 and later). */
  [Symbol.dispose](): void
}

/** Options of {@link memoize}. */
export interface MemoizeOptions<A extends unknown[]> {
  /** Results kept of calls with primitives, and as many of calls with objects. Default 1,000. */
  max?: number
  /** Age in milliseconds after which a result is made anew; 0 (default): never. */
  ttl?: number
  /** What tells calls apart; default: all arguments, objects by identity. */
  key?: (...args: A) => unknown
  /** What reports call its cache. */
  name?: string
}

/** What {@link memoize} makes of a function. */
export interface Memoized<A extends unknown[], R> {
  (...args: A): R
  /** Holds the results of calls with primitives. */
  readonly cache: WeakLruCache<unknown, { value: R }>
  clear(): void
  /** Forgets the result of one call. Whether there was one. */
  delete(...args: A): boolean
}

/**
 * Keeps the results of a function, sync or async: bounded; the arguments told apart; objects held weakly, and results of
 * calls with them no longer than the first of those objects lives. One call for each key is under way at a time;
 * what throws or rejects is not kept. `this` is passed on and does not tell calls apart; calls with a symbol among
 * several arguments are not kept.
 *
 * @example
 * const load = memoize(async (id: number) => (await fetch(`/users/${id}`)).json(), { max: 500, ttl: 60_000 })
 */
export function memoize<A extends unknown[], R>(fn: (...args: A) => R, options?: MemoizeOptions<A>): Memoized<A, R>

/**
 * Says that an object ought to be gone by the next {@link checkWatched}, or, inside of a {@link scope}, once that has
 * ended; returns it. It is held weakly. At most 1,000 are watched at a time; of more a share is. `label` is its name
 * in reports. Throws `ERR_LEAKGUARD_INVALID_ARG` for what is no object.
 *
 * @example
 * watch(session, 'session').close()
 */
export function watch<T extends object>(target: T, label?: string): T

/**
 * Runs `fn` and returns what it returns. What is watched inside, asynchronous work included, must be collectable once
 * it ends: when `fn` returns, or when the promise that it returns is settled.
 *
 * @example
 * app.use((request, response, next) => scope('request', () => next(watch(request))))
 */
export function scope<R>(label: string, fn: () => R): R

/**
 * Collects garbage, with patience, and reports what is still there of what is watched and whose scope has ended, each
 * with its retainer path; `clean` when all is gone. One heap snapshot, and only where something stays; the same label
 * and line is explained three times at the most.
 */
export function checkWatched(): Promise<LeakReport>

/** A reading of a process for {@link analyzeTrend}; what was not read is left out. Bytes. */
export interface TrendSample {
  /** When, in seconds of any clock; never before the sample before. */
  t: number
  /** The fields of `process.memoryUsage()`. */
  heapUsed?: number | null
  external?: number | null
  arrayBuffers?: number | null
  rss?: number | null
  /** The C allocator's own figures (`mallinfo2`: `uordblks` and `fordblks`): they tell a native leak from fragmentation. */
  malloc?: { used?: number | null; free?: number | null } | null
  /** What the process may take: the container's limit. */
  limit?: number | null
  /**
   * When the process began, by any number that only its own samples have, such as seconds since 1970: another one than
   * before is a restart. Where no sample has it, a restart is what lets heap and rss fall at once to where they have
   * not been before.
   */
  started?: number | null
  /**
   * Garbage collections since the sample before, and `heapUsed` and `external` right after the last major one. Without
   * `gc` the lowest readings stand for floors, and what the heap rose by for the load.
   */
  gc?: {
    major?: number | null
    minor?: number | null
    floor?: number | null
    floorExt?: number | null
  } | null
}

/** What {@link analyzeTrend} says. */
export interface Trend {
  /** `undecided`: too few collections, or growth that something which ends explains as well. */
  verdict: Verdict
  /** What rises: `'heapUsed'`, `'external'`, `'arrayBuffers'`, `'malloc'` or `'rss'`. */
  metric?: string
  /** Index of the sample from which it rises. */
  onsetIndex?: number
  /** Bytes an hour since then. */
  perHour?: number
  /** `certain` and `likely` with `leaking`, `possible` with `undecided`. */
  confidence?: Finding['confidence']
  /** When rss (without it, the metric) reaches `limit` at this rate, in the clock of `t`. */
  reachesLimitAt?: number
  /** What was found, what it rests on and what to do, in words. */
  message: string
}

/**
 * Judges memory readings of hours or days: does a level rise by itself, whatever the load does? Warm-up, waves, load
 * steps and jumps are clean. A million samples at the most; one evaluation of some thousand takes 1 to 2 ms.
 * Throws `ERR_LEAKGUARD_INVALID_ARG` with the index and the field of a sample that is none.
 *
 * @example
 * const { verdict, metric, perHour } = analyzeTrend(samples)
 */
export function analyzeTrend(samples: readonly TrendSample[]): Trend

/**
 * The same as a report with its series, floors, fitted line and onset, to be rendered. Throws as {@link analyzeTrend}.
 *
 * @example
 * await reportTrend(samples).writeHtml('trend.html')
 */
export function reportTrend(samples: readonly TrendSample[]): LeakReport

/**
 * The report that was written as JSON, given as text or parsed. Throws `ERR_LEAKGUARD_INVALID_REPORT` with the field
 * that is wrong, `ERR_LEAKGUARD_INVALID_ARG` for what is no JSON object or text.
 *
 * @example
 * await readReport(fs.readFileSync('report.json', 'utf8')).writeHtml('report.html')
 */
export function readReport(source: string | object): LeakReport
