/**
 * leakguard/cache: bounded caches, without the rest of leakguard.
 *
 * All times are milliseconds.
 * @packageDocumentation
 */
/// <reference types="node" />

/** One cache, as in the guard's `stats()`. */
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
  /** Aborted when the result can no longer be used, or when the signal of the call is. */
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
  /** How long a clock reading is reused, in milliseconds. Default 1. */
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
  /** Called for each value that leaves, after the cache is in its new state. Not for values that V8 has collected. */
  dispose?: (value: V, key: K, reason: DisposeReason) => void
  /** As `dispose`, and called after it. */
  disposeAfter?: (value: V, key: K, reason: DisposeReason) => void
  /** Called for each value that is added. */
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
  /** Its name in reports. Default `'WeakLruCache'`. */
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
  /** Used instead of `sizeCalculation`. */
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
  /** Fetch even if there is a fresh value. */
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
  /** Times that a stale entry was found. */
  stale: number
  /** Weakly held values that were found collected. */
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
  /** Age in milliseconds after which a result is computed again; 0 (default): never. */
  ttl?: number
  /** What tells calls apart; default: all arguments, objects by identity. */
  key?: (...args: A) => unknown
  /** Name of its cache in reports. */
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
