/**
 * The part of leakguard that reads heaps: all of it is exported by leakguard.
 *
 * All sizes are bytes unless the name says otherwise, all times milliseconds; lines and columns are 1-based.
 * @packageDocumentation
 */
/// <reference types="node" />
import type { LeakReport, RetainerStep } from './index.js'

/** Options of {@link loadHeap}. */
export interface LoadOptions extends WatchOptions, AnalysisOptions {
  /** Forget what the program's strings say, as {@link WriteOptions.redact} does. Default false. */
  redact?: boolean
}

/** Options of {@link captureHeap}. */
export interface CaptureOptions extends WriteOptions, AnalysisOptions {}

/** How a caller follows and aborts work on a heap. */
export interface WatchOptions {
  /** Stops the work: the promise rejects with `ERR_LEAKGUARD_ABORTED`. */
  signal?: AbortSignal
  /** Called about ten times a second; `fraction` from 0 to 1 over all phases. */
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
  /** Capture even if the estimate says that memory does not suffice (`ERR_LEAKGUARD_MEMORY`). Default false. */
  force?: boolean
}

/** How a heap was captured. */
export interface CaptureDetails {
  mode: 'fork' | 'inline'
  /** Why this mode. */
  reason: string
  /** How long the program was paused, in milliseconds; by all forks together. */
  pauseMs: number
  /** From the call to the graph, in milliseconds. */
  totalMs: number
  /** How often the process was forked until a copy succeeded; 1 for an inline capture. */
  attempts: number
  /** Why the earlier copies failed, one reason each. */
  failures: string[]
}

/** A heap snapshot as a graph. Sizes in bytes; ids are V8's, good within this graph. */
export interface HeapGraph {
  readonly nodeCount: number
  readonly edgeCount: number
  /** Sum of all shallow sizes. */
  readonly selfBytes: number
  /** What is unusual about the file it was loaded from, one line each: a type that its header does not name, ids of 64 bits. */
  readonly notes: readonly string[]
  /** How it was captured; undefined where it was loaded. */
  readonly capture?: CaptureDetails
  /** Classes (by constructor and its place; functions by name, as `function put`; plain objects by shape), most retained first; 50 of them by default. */
  classes(options?: { limit?: number }): { name: string; count: number; shallowBytes: number; retainedBytes: number }[]
  /** Retained size of a node; `nodeId` as DevTools shows it after '@'. Throws `ERR_LEAKGUARD_NO_NODE`. */
  retainedBytes(nodeId: number): number
  /** The path to a node that is easiest to act on, GC root first, written as code. Throws `ERR_LEAKGUARD_NO_NODE`. */
  retainerPath(nodeId: number): RetainerStep[]
  /** Frees the memory; later calls throw `ERR_LEAKGUARD_DISPOSED`. */
  dispose(): void
  [Symbol.dispose](): void
}

/** A container that a census counted. */
export interface CensusContainer {
  /** Its class. */
  name: string
  kind: 'map' | 'set' | 'array' | 'object'
  /** Entries, elements or properties; only 32 and more are listed. */
  size: number
  /** The property that holds it, where an object, a module's exports or the global object has one: `Store.cache`. */
  heldBy?: string
}

/** The listeners of one event, on all emitters or targets of one class. */
export interface CensusListeners {
  /** The class. */
  emitter: string
  event: string
  /** Listeners on all of them together. */
  count: number
  /** How many emitters or targets have any. */
  emitters: number
  /** The number on the one that has most. */
  most: number
}

/** What grew from one census to another; bytes for `buffer`. */
export interface CensusGrowth {
  kind: 'class' | 'container' | 'listener' | 'buffer'
  name: string
  /** Sum over all with the name; 0 also for containers that were too small to be listed. */
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
 * Captures the heap of this thread and reads it on a thread of its own. Inline, the program is paused while V8
 * lists its objects, about 10 s for a million of them on a slow machine, and needs many times the heap's memory
 * meanwhile: for production use with care. V8's tracking of ids is ended afterwards.
 */
export function captureHeap(options?: CaptureOptions): Promise<HeapGraph>

/**
 * Counts the heap of this thread, for a third to a tenth of a graph's memory and time. Rejects with
 * `ERR_LEAKGUARD_NO_INSPECTOR` where Node has none.
 */
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
 * heaps, only what grew each time.
 */
export function diffHeaps(before: HeapGraph, after: HeapGraph, final?: HeapGraph): Promise<LeakReport>
