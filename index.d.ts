/**
 * leakguard: finds what grows without bound in a Node.js program, and where.
 *
 * All sizes are bytes unless the name says otherwise, all times milliseconds; lines and columns are 1-based.
 * @packageDocumentation
 */
/// <reference types="node" />
import type { EventEmitter } from 'node:events'
import type { CacheReport } from './cache.js'

export * from './cache.js'
export * from './heap.js'

/**
 * The answer of a check. `clean`: watched long enough, nothing grows without bound. `leaking`: something does, at
 * least one finding is `likely` or `certain`. `undecided`: too little history, or something grows and whether it
 * ends is not known yet; {@link LeakReport.undecided} says what would decide it.
 */
export type Verdict = 'clean' | 'leaking' | 'undecided'

/** A line of code; 1-based, source-mapped where the file has a map. */
export interface Place {
  file: string
  line: number
  column?: number
  function?: string
}

/** One step of a path from a GC root to an object. */
export interface RetainerStep {
  /** The object at the end of this step, as code would call it. */
  name: string
  /** The property, variable or slot that leads to it, as code would write it. */
  edge: string
  /** The same as a fact: what kind of reference it is (`property`, `variable`, `element`, …), and its name. */
  link?: { type: string; name?: string }
  file?: string
  line?: number
}

/** A fact of a finding: `type` says which one, and which other properties it has. */
export interface Fact {
  type: string
  [fact: string]: unknown
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
  /** Growth while it was watched, in listeners, timers… (`count`) or `bytes`. */
  growth: { unit: 'count' | 'bytes'; total: number; perOperation?: number; perHour?: number }
  /** `certain`: counted exactly over a long time; `likely`: counted or sampled; `possible`: a sign, not a proof. */
  confidence: 'certain' | 'likely' | 'possible'
  /** The numbers that support it, one line each. */
  evidence: string[]
  /** From the GC root to the leaked object, where a heap was examined. */
  retainerPath?: RetainerStep[]
  /** 16 hexadecimal digits, the same across runs, machines and line shifts. */
  fingerprint: string
  /** What to do about it, in one sentence. */
  advice: string
  /** The facts behind `message`: what it is about, as `{ type: 'listeners', event, class }` or `{ type: 'objects', class }`. */
  subject?: Fact
  /** What was seen of it, as `{ type: 'grew', from, to, … }` or `{ type: 'perCall', doses, readings }`. */
  change?: Fact
  /** What retains it, where a heap was examined. */
  holder?: { class?: string; name?: string; file?: string; line?: number; [fact: string]: unknown }
  /** The call that made most of it, then its callers. */
  callers?: Place[]
  /** Lines that add to the Map, Set or array that retains it, the one that adds most first; three at most. */
  addedAt?: Place[]
  /** Three of what leaks at most, in one line each: class, properties with what they hold, sizes; no value. */
  samples?: string[]
  /**
   * What would be free if the holder were cut off: bytes of all that nothing would reach any more, objects of the kind that
   * grew among them, and their share of all that it holds of them, from 0 to 1. What else holds the others, by name.
   */
  frees?: { bytes: number; count: number; share: number; alsoHeldBy?: string[] }
}

/** What could not be decided, and what would decide it. */
export interface Undecided {
  text: string
  /**
   * Why, as a stable word: `short-history`, `few-looks`, `few-calls`, `time` (too little was seen), `may-end`, `memory`,
   * `abort-signals` (it grows, and may end), `only-signs`, `no-holder`, `before`, `fake-timers`, `no-gc`, `not-judged`,
   * `processes`, `disabled`, `stopped`, `failed`. More may come.
   */
  reason: string
  /** When that was so: ISO 8601, UTC. */
  at: string
  /** The process, where a report is of several. */
  process?: number
}

/** What was examined: a clean verdict covers only this. */
export interface Examined {
  text: string
  /**
   * As a stable word: `counts`, `memory`, `lifecycles`, `watched`, `left`, `calls`, `heap`, `objects`, `processes`, `compared`;
   * `time`, `timers`, `bounds` and `allowed` are notes on the answer. More may come.
   */
  what: string
  /** When it was last examined: ISO 8601, UTC. */
  at: string
  /** The process, where a report is of several. */
  process?: number
}

/** A way to explain memory that grows: a heap profile, two censuses, or heap graphs, and why there will be none. */
export interface ReportRung {
  rung: 'profile' | 'census' | 'graph'
  available: boolean
  /** The option, the system, the budget or the control group that stands against it. */
  why?: string
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
  /** Major garbage collections, and heaps that were captured: when, in `x`, the last 100. */
  collections?: number[]
  captures?: number[]
  /** From here it rises, in `x`. */
  onset?: number
  /** The memory limit of the process, in bytes. */
  limit?: number
  /** Fingerprint of the finding that it belongs to. */
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

/** What retains memory in a heap: a line of the dominator tree in preorder, like objects as one, small ones as `(other)`. */
export interface ReportOwner {
  /** Owners above it; the whole heap is at 0. */
  depth: number
  /** The variable or property through which the owner above retains it. */
  name?: string
  /** Class, function or scope. */
  class: string
  /** Objects. */
  count: number
  /** Retained size: what would be freed with all of them, in bytes; nothing is counted twice. */
  retainedBytes: number
  file?: string
  line?: number
}

/** What a report is of: the process that it was made in, or several. */
export interface ReportHeader {
  /** The script: a file of a package, or a name alone. */
  program?: string
  /**
   * As it was started. Values of options, but for numbers, switches and files, are shown as `…`, as are URLs, code and what looks
   * like a secret; the home directory as `~`.
   */
  command?: string
  host: string
  pid: number
  /** Versions of Node.js and of leakguard. */
  node: string
  leakguard: string
  /** What git has checked out where the program lies. */
  commit?: string
  /** When the process began, and when the report was made: ISO 8601, UTC; and the milliseconds in between. */
  startedAt: string
  madeAt: string
  durationMs: number
  /** That the program's servers had until then: of a running guard. */
  requests?: number
  /** Where it is of several processes: how many, and the first of them. */
  processes?: { count: number; pids: number[] }
}

/** A file of the program's own that findings name. */
export interface ReportSource {
  /** As findings name it. */
  file: string
  /** The first 16 hexadecimal digits of the SHA-256 of its text. */
  hash: string
  /** The code around the lines that are named, two before and two after each: longer lines than 200 characters are cut. */
  excerpts?: { from: number; lines: string[] }[]
}

/** A class of two heaps, by its name. */
export interface ReportClass {
  name: string
  /** Objects in the last heap, and how many more than in the first. */
  count: number
  countChange: number
  /** Sum of their own sizes in the last heap, in bytes, and how much more than in the first. */
  shallowBytes: number
  bytesChange: number
}

/** Where a report is from, as OpenTelemetry's variables, Kubernetes or the program's `package.json` say it. */
export interface ReportService {
  name?: string
  version?: string
  /** The pod, instance or host. */
  pod?: string
  pid?: number
}

/** What {@link LeakReport.render} makes of a report. */
export type ReportFormat = 'text' | 'json' | 'html' | 'sarif' | 'github' | 'markdown'

/** Options of {@link LeakReport.render}. */
export interface RenderOptions {
  /** `text`: tell which process the report is of. Default true. */
  header?: boolean
  /** `text`: wrap lines to this many columns, 40 or more. Without it nothing is wrapped. */
  columns?: number
  /** `text`: draw a line of bars under a finding that has a series. Default false. */
  sparklines?: boolean
  /** `text`: tell where the time of a measurement went. Default: whether `LEAKGUARD_VERBOSE` is `1`. */
  verbose?: boolean
  /**
   * Show the code around the program's own lines: default true for `text`, `html` and `markdown`. `json`: bring it along,
   * default false, so that it can be shown where the files are not.
   */
  source?: boolean
  /** `sarif`, `github`, `markdown`: paths below this folder are told relative to it. Default: the current one. */
  root?: string
}

/** The one value everywhere. `JSON.stringify` gives what `leakguard/schema/report.json` describes. */
export class LeakReport {
  private constructor()
  /**
   * The report that was written as JSON, given as text or parsed. Throws `ERR_LEAKGUARD_INVALID_REPORT` with the field
   * that is wrong, `ERR_LEAKGUARD_INVALID_ARG` for anything but a JSON object or text.
   *
   * @example
   * const page = LeakReport.from(fs.readFileSync('report.json', 'utf8')).render('html')
   */
  static from(json: string | object): LeakReport
  schemaVersion: 2
  verdict: Verdict
  /** Highest confidence first; among equals the one that retains or grows most. */
  findings: Finding[]
  /** What could not be decided, and what would decide it. */
  undecided: Undecided[]
  /** What was examined, and when last: a clean verdict covers only this. */
  examined: Examined[]
  /** Findings left out because a rule or the baseline allows them. */
  allowed: number
  /** Data for charts; absent where there is none. */
  readonly details?: {
    /** What it is of: absent where it is of no living process, as a trend of readings or a comparison of snapshots. */
    header?: ReportHeader
    /** Readings of a running guard, a trend, a measurement. */
    series?: ReportSeries[]
    /** The largest live counts by site, at most 200: of a running guard. */
    counts?: ReportCount[]
    /** What retains the memory of the last heap that was compared, some 400 lines, if its dominators are known. */
    owners?: ReportOwner[]
    /** Classes that changed most in bytes between the first heap that was compared and the last, at most 40. */
    classes?: ReportClass[]
    /** Requests, sockets, streams, processes and threads that a guard followed. */
    lifecycles?: LifeCycle[]
    /** What may explain memory that grows in this process, cheapest first: of a running guard. */
    rungs?: ReportRung[]
    /** Where the time of a measurement went. */
    times?: ReportTime[]
    /** Of which service, version and pod: of a running guard. */
    service?: ReportService
  }
  /**
   * The code around the program's own lines that findings name, read when it is first wanted: from the file, or from its source
   * map. Of a report that was read: what it brings along, or the files where they have not changed. At most 64 files.
   */
  readonly sources: ReportSource[]
  /**
   * The report as text, JSON, one self-contained HTML page, SARIF 2.1.0, GitHub's annotations (workflow commands) or
   * Markdown. Throws `ERR_LEAKGUARD_INVALID_ARG` for another format.
   */
  render(format: ReportFormat, options?: RenderOptions): string
  /** One line: the verdict, the number of findings, and what the first one says. */
  summary(): string
  /** The text report, never coloured. */
  toString(): string
  toJSON(): object
}

/**
 * Where the time of a measurement went: calls of the operation, coming to rest (collections until nothing more goes), counting
 * live objects, waiting for what ends by itself, heap snapshots, comparing them, and all else.
 */
export interface ReportTime {
  part: 'calls' | 'rest' | 'counts' | 'patience' | 'snapshots' | 'comparing' | 'other'
  /** Milliseconds. */
  ms: number
}

/** Thrown by assertions for a leak. Match on `code`. */
export class LeakError extends Error {
  constructor(report: LeakReport)
  code: 'ERR_LEAKGUARD_LEAK'
  report: LeakReport
}

/** Options of {@link start}; a misspelled one is an error (`ERR_LEAKGUARD_UNKNOWN_OPTION`). */
export interface GuardOptions {
  /**
   * `'sampled'` (default) records call sites of all rare events and of a sample of frequent ones, some hundred a second;
   * `'all'` records one for each event, at 2-5 µs per listener, timer and descriptor.
   */
  callSites?: 'sampled' | 'all'
  /**
   * Some growth cannot be told from garbage without a major GC (listeners on many objects, pending promises, memory).
   * `'auto'` (default) forces one where such a decision waits: never in `check()`, never of a heap above 128 MB, at
   * most 2 % of the time in the first minute and 0.2 % later, ever more rarely while nothing is found; under
   * `leakguard/register` rarely before a report is asked for. `'never'` waits for V8's own.
   */
  forceGc?: 'auto' | 'never'
  /** Shortest time over which growth must have been seen before it is a finding, 100 to 86,400,000 ms. Default 1000. */
  minGrowthMs?: number
  /**
   * Samples memory for as long as the guard runs and judges its trend, as {@link analyzeTrend} does: a rise that is
   * independent of load and goes on is a finding. At least 64 hours take 39 KB. `false` turns it off.
   */
  memory?:
    | false
    | {
        /** Time between two samples, 100 to 3,600,000 ms. Default 10,000. */
        sampleMs?: number
        /** A CSV file to which each sample is appended; `leakguard trend` reads it. Worker threads add their number. */
        record?: string
      }
  /**
   * The costliest step that may be taken to explain a finding. `'never'`: none. `'profile'`: once a trend of the heap or of
   * Buffers is confirmed, V8's sampling heap profiler runs for 10 s to 10 minutes, once, and names the lines that allocate what
   * stays. `'census'`: that, and the objects of two copies of the process are counted, to show what grew. `'heap'`: that, and
   * the heap of a copy is captured, to show what retains most, and what retains requests, sockets, processes and threads
   * that have ended. `'auto'` (default): the profile, and, within a budget of 20 s of CPU time and 0.5 % of the time, such
   * heaps for those that have ended, and for memory that may be rising, where copies are shown to work (Linux x64, glibc).
   */
  explain?: 'auto' | 'never' | 'profile' | 'census' | 'heap'
  /**
   * Automatic captures: `.heapsnapshot` files, each written by a copy of the process, so on Linux only (elsewhere the event
   * `'capture'` has the error). None by default.
   */
  capture?: {
    /** The folder to write to, as `leakguard-PID-TIME.heapsnapshot` (mode 0600); made where it is missing. */
    to: string
    /**
     * `'leak'` (default): on a finding that is announced, once for each fingerprint; `'limit'`: when the heap is above
     * 75 % of V8's limit for old objects, after a major GC, or the control group above 75 % of its memory limit, pages of files
     * that can be dropped left out; the name of a signal: whenever it comes to the main thread.
     */
    on?: ('leak' | 'limit' | NodeJS.Signals)[]
    /** Of those for `'leak'` and `'limit'`: at most one in `everyMs` (default 600,000), and `max` in all (default 10). */
    limits?: { everyMs?: number; max?: number }
    /** As in {@link WriteOptions}. Default true. */
    redact?: boolean
  }
  /**
   * What the guard does with {@link watch}ed objects whose {@link scope} has ended. `'tell'` (default): those that survive
   * four of V8's own major GCs and 5 s are findings. `'explain'`: also names what retains them, by a heap snapshot that
   * pauses the program for about 30 ms per MB of heap: one for each label and line, at most one per minute, then ever more
   * rarely. `'never'`: leaves them to {@link checkWatched}.
   */
  watched?: 'tell' | 'explain' | 'never'
  /** Findings to accept; they are counted in {@link LeakReport.allowed}. Default none. */
  allow?: AllowRule[]
  /** A file of known leaks, as in {@link MeasureOptions}; read once. Broken: `ERR_LEAKGUARD_BASELINE`. */
  baseline?: string
}

/** An automatic capture, or why it failed. */
export interface GuardCapture {
  why: 'leak' | 'limit' | 'signal'
  /** The file, unless it failed: a `.heapsnapshot`, or a `.census.json` if there is not enough memory for one. */
  file?: string
  /** What the file is. */
  depth?: 'graph' | 'census'
  /** The file beside it that says whose it is: service, version, pod, time, finding, memory, SHA-256. */
  index?: string
  /** Why it failed: `ERR_LEAKGUARD_NO_FORK`, `ERR_LEAKGUARD_FORK_FAILED`, `ERR_LEAKGUARD_MEMORY`, or the disk's. */
  error?: Error
  /** The finding that it was taken for. */
  finding?: Finding
}

/** The last memory sample of a thread, in bytes; what was not read is absent. */
export interface MemoryNow {
  heapUsed: number
  external: number
  arrayBuffers: number
  /** Of the process, from the main thread only, as all that follows up to `groupUsed`. */
  rss?: number
  /** Memory of the C allocator (glibc): in use, and free but kept. */
  mallocUsed?: number
  mallocFree?: number
  /** Memory of the control group: its limit, and in use. */
  limit?: number
  groupUsed?: number
  /** V8's limit for old objects of this thread: a program that exceeds it crashes. */
  heapLimit: number
  /** What the last major GC left. */
  heapFloor?: number
  externalFloor?: number
  spaces: { oldSpace: number; largeObjects: number; code: number; otherSpaces: number }
  /** The confirmed trend: the field that rises, bytes per hour, and milliseconds until a limit is reached, if there is one. */
  trend?: { metric: string; perHour: number; leftMs?: number }
}

/** One live count. */
export interface Count {
  /** `target` and `listener` (listener lists, single listeners), `timer`, `resource`, `descriptor`, `collection`, `group`. */
  pool: string
  label: string
  /** The number now; an estimate where events were sampled. */
  live: number
  /** The most there were. */
  highWater: number
}

/** Requests, sockets, streams, processes or threads of one kind, of which a few are followed from start to end. */
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
  /** Of these, those that have ended. */
  over: number
  /** Of these, those not decided yet: following may retain them until the next major GC. */
  undecided: number
  /** Of these, those that survived two major GCs. */
  retained: number
  /** Followed before, and collected. */
  collected: number
}

/** The running guard of a thread. */
export interface Guard extends EventEmitter {
  /** The current report, on all threads of this process. Sync, below a millisecond. Throws `ERR_LEAKGUARD_NOT_RUNNING` once stopped. */
  check(): LeakReport
  /** Removes the hooks and forgets the counts of this thread. A second call has no effect. */
  stop(): void
  readonly running: boolean
  /**
   * What the guard has found, and what three heaps show that are taken from now on, as {@link findLeaks} takes them: as one
   * report. Rejects as that does, and with `ERR_LEAKGUARD_NOT_RUNNING` once stopped.
   */
  explain(options?: FindOptions): Promise<LeakReport>
  /**
   * Writes one line for each finding when the `leak` event comes (`warn`), and one when it no longer grows (`info`):
   * `{ leakguard: { kind, confidence, fingerprint, culprit, growth, advice } }` and its message. What the logger throws is
   * dropped. Throws `ERR_LEAKGUARD_INVALID_ARG` for a logger without these methods.
   */
  logTo(logger: Logger): void
  /**
   * A pprof profile of this process, compressed, of at most 100 KB: what `go tool pprof`, Pyroscope and Parca read. Rejects with
   * `ERR_LEAKGUARD_NO_SAMPLER`, `ERR_LEAKGUARD_NOT_RUNNING` once stopped, and as {@link captureHeap} does.
   */
  profile(options?: ProfileOptions): Promise<Uint8Array>
  /** All that this guard has counted and follows; throws `ERR_LEAKGUARD_NOT_RUNNING` once stopped. */
  stats(): {
    /** The live counts of all threads. */
    counts: Count[]
    /**
     * The caches of all threads: those of {@link WeakLruCache} by their own counts, those of lru-cache 11.5 and later by
     * what they publish in one tick of twenty (`hits` to `keys` are of these ticks only).
     */
    caches: CacheReport[]
    /** Undefined before the first sample, and with `memory: false`. */
    memory: MemoryNow | undefined
    lifecycles: LifeCycle[]
    /** What the guard itself holds, approximately. */
    usage: { nativeBytes: number; jsBytes: number; threads: number }
  }
  /**
   * A finding that was not reported before, and was still found 10 s later. Growth of memory is reported once its trend is
   * confirmed and has been explained.
   */
  on(event: 'leak', listener: (report: LeakReport) => void): this
  /** A reported finding no longer grows. */
  on(event: 'recovered', listener: (finding: Finding) => void): this
  /** A capture that the option `capture` asks for has ended. */
  on(event: 'capture', listener: (capture: GuardCapture) => void): this
  on(event: string | symbol, listener: (...args: any[]) => void): this
}

/** Options of {@link Guard.profile}. */
export interface ProfileOptions {
  /**
   * `'retained'`: bytes and objects of the heap, by who retains them (`retained_space`, `retained_objects`); `'leaks'`: growth
   * of findings, by the line that makes it (`leak_objects`, `leak_space`), with the label `fingerprint`; `'inuse'`: what a sampling
   * heap profiler that runs in this thread has seen allocated and alive (`inuse_space`, `inuse_objects`); `'all'` (default): these,
   * the last where one runs.
   */
  type?: 'all' | 'retained' | 'leaks' | 'inuse'
  /** How the heap is captured, as in {@link WriteOptions}. Default `'auto'`. */
  mode?: 'auto' | 'fork' | 'inline'
  /** Capture even if the estimate says that memory does not suffice. Default false. */
  force?: boolean
  /** Stops a capture: the promise rejects with `ERR_LEAKGUARD_ABORTED`. */
  signal?: AbortSignal
}

/**
 * Installs hooks and sampling for this thread. Keeps neither the process nor any object of the program alive.
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
 * Counts the entries of a collection, which is held weakly, for as long as it lives. Its `max`, if it has one,
 * counts as its bound: growth below it is not a leak. Throws `ERR_LEAKGUARD_INVALID_ARG` without a numeric `size` or `length`.
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
   * 100 to 3,600,000 ms. Bounds the whole measurement: no round, reading or heap snapshot begins later, and the report names
   * the steps that could not be interrupted. Without it the decision takes at most 4000 ms (a clean operation takes a
   * fraction of that), and explaining a leak takes extra time.
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
   * Whether an undecided assertion passes or fails. One that passes says so in one line on stderr (PASSED WITHOUT AN ANSWER)
   * and in a process warning. Default: `LEAKGUARD_UNDECIDED`, or else `'pass'`.
   */
  undecided?: 'pass' | 'fail'
  /** Heap snapshots: on suspicion (`'auto'`, default), always, or never. */
  heap?: 'auto' | 'always' | 'never'
  /** Aborts the measurement: the promise rejects with `ERR_LEAKGUARD_ABORTED`, even while a call hangs. */
  signal?: AbortSignal
  /** Called at each reading; `fraction` from 0 to 1. */
  onProgress?: (progress: { phase: string; fraction: number }) => void
}

/**
 * Calls `op`, sync or async, again and again and reports whether what it leaves behind grows with the number of calls.
 * Does not reject because of a leak; an error of `op` is rethrown. One at a time in a thread: `ERR_LEAKGUARD_BUSY`.
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

/**
 * What a change does to the leaks of an operation: measures both as {@link measureLeaks} does, one after the other, and gives
 * the second report. Its `examined` says for each leak of either (`what: 'compared'`) whether it is fixed, leaks less, as
 * before or more, or is new, with the growth per call of both. Fixed is said only where the second is `clean`; where it
 * cannot be decided whether the first leaked, the verdict is `undecided`, unless the second leaks.
 *
 * @example
 * const report = await compareLeaks(() => oldHandler(request), () => newHandler(request))
 */
export function compareLeaks(before: () => unknown, after: () => unknown, options?: MeasureOptions): Promise<LeakReport>

/** Options of {@link findLeaks} and of a guard's `explain`. */
export interface FindOptions {
  /** Milliseconds from one heap to the next, 10 to 86,400,000. Default: 10,000. With an operation they are as far apart as its calls take. */
  everyMs?: number
  /**
   * How the heaps come, as of {@link captureHeap}. Default: `'auto'`: from copies of the process where these are shown to work,
   * else the program stands still for each.
   */
  mode?: 'auto' | 'fork' | 'inline'
  /** Take them even where memory may not suffice. Default: false. */
  force?: boolean
  signal?: AbortSignal
  /**
   * `phase`: `'wait'`, `'calls'`, `'capture'`, `'done'`; `fraction`: from 0 to 1; `heap` of `heaps`; `leftMs`: what it will take
   * yet, as far as that is known.
   */
  onProgress?: (progress: { phase: string; fraction: number; heap: number; heaps: number; leftMs?: number }) => void
}

/**
 * Three heaps of this process, compared: containers that gained from each to the next, with the line that holds them, what
 * retains it, and what a cut would free. With `op` it is called in between, some 30 to 2,000 times, and twice as often before
 * the last heap; without one time passes. What code bounds, what is under way, few entries, and what time alone has shown for
 * less than minutes are `possible`. For scripts: in a test {@link assertNoLeaks} decides by more.
 *
 * Rejects with `ERR_LEAKGUARD_BUSY` while another comparison is under way, with an `AbortError` once `signal` is aborted, with
 * `ERR_LEAKGUARD_MEMORY` where memory does not suffice, and with what `op` throws.
 *
 * @example
 * console.log(String(await findLeaks(() => render(page))))
 */
export function findLeaks(op?: () => unknown, options?: FindOptions): Promise<LeakReport>

/** What {@link Guard.logTo} writes to: pino's methods. */
export interface Logger {
  warn(fields: object, message: string): void
  info(fields: object, message: string): void
}

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

/**
 * Declares that an object must be collectable by the next {@link checkWatched}, or, inside a {@link scope}, once that has
 * ended; returns it. It is held weakly. At most 1,000 objects are watched at once; beyond that, a sample of them. `label` is
 * its name in reports. Throws `ERR_LEAKGUARD_INVALID_ARG` if it is not an object.
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
 * Collects garbage, several times, and reports the watched objects that are still in memory though their scope has ended,
 * each with its retainer path; `clean` when all are collected. Takes one heap snapshot, and only if something stays; the
 * same label and line is explained at most three times.
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
  /** The memory limit of the process, such as its container's. */
  limit?: number | null
  /**
   * When the process began, by any number that only its own samples have, such as seconds since 1970: another one than
   * before is a restart. Where no sample has it, a restart is what lets heap and rss fall at once to where they have
   * not been before.
   */
  started?: number | null
  /**
   * Garbage collections since the sample before, and `heapUsed` and `external` right after the last major one. Without
   * `gc` the lowest readings serve as floors, and the rises of the heap as load.
   */
  gc?: {
    major?: number | null
    minor?: number | null
    floor?: number | null
    floorExt?: number | null
  } | null
}

/** What {@link analyzeTrend} gives. */
export interface TrendReport extends LeakReport {
  /** What rises: `'heapUsed'`, `'external'`, `'arrayBuffers'`, `'malloc'` or `'rss'`. */
  metric?: string
  /** Index of the sample from which it rises. */
  onsetIndex?: number
  /** Bytes per hour since then. */
  perHour?: number
  /** `certain` and `likely` with `leaking`, `possible` with `undecided`. */
  confidence?: Finding['confidence']
  /** When rss (without it, the metric) reaches `limit` at this rate, in the clock of `t`. */
  reachesLimitAt?: number
  /** What was found, in one sentence. */
  message: string
}

/**
 * Decides whether memory readings of hours or days rise independent of load. Warm-up, waves, load steps and jumps are
 * clean; too few major GCs, and growth that something temporary explains as well, are `undecided`. At most a million
 * samples; one evaluation of some thousand takes 1 to 2 ms.
 * Throws `ERR_LEAKGUARD_INVALID_ARG` with the index and the field of an invalid sample.
 *
 * @example
 * const { verdict, metric, perHour } = analyzeTrend(samples)
 */
export function analyzeTrend(samples: readonly TrendSample[]): TrendReport
