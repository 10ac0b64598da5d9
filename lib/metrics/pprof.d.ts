/**
 * The newest profile of the running guard over HTTP, as collectors scrape it: `GET /debug/pprof/heap`.
 * @packageDocumentation
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Guard } from '../../index.js'

export interface PprofHandlerOptions {
  /** Default: the running guard of this thread, which is started if there is none. */
  guard?: Guard
  /**
   * Time between two profiles that are taken for this, 0 to 86,400,000 ms; the first comes after a minute at most. Each is of a
   * copy of the process, within the budget of all copies that nobody asked for; where there may be none it is without the heap.
   * 0: only `guard.profile()` takes them. Default 600,000.
   */
  everyMs?: number
}

/** Answers with the newest profile; see {@link pprofHandler}. */
export interface PprofHandler {
  (request: IncomingMessage, response: ServerResponse): void
  /** Takes no more profiles; the last one is still served. */
  stop(): void
}

/**
 * A handler for `GET` and `HEAD`: the newest profile that was taken, with `Age` and `Last-Modified`; 503 before the first. A request
 * never takes one. It asks nobody who they are: mount it where only collectors come. Its timer does not keep the process alive.
 * Throws `ERR_LEAKGUARD_INVALID_ARG` and `ERR_LEAKGUARD_UNKNOWN_OPTION`.
 *
 * @example
 * const pprof = require('leakguard/pprof').pprofHandler()
 * http.createServer((req, res) => (req.url === '/debug/pprof/heap' ? pprof(req, res) : app(req, res)))
 */
export function pprofHandler(options?: PprofHandlerOptions): PprofHandler

export interface PushOptions {
  /** Where the receiver is: `http://pyroscope:4040`; a path before its own endpoint may follow. */
  to: string
  /** Whose endpoint it is. Default `'pyroscope'`. */
  kind?: 'pyroscope' | 'parca'
  /** Time between two profiles, 1,000 to 86,400,000 ms; the first comes after a minute at most. Default 600,000. */
  everyMs?: number
  /** Go with each request, such as `authorization`. */
  headers?: Record<string, string>
  /** Default: the running guard of this thread, which is started if there is none. */
  guard?: Guard
}

/**
 * Takes a profile now and then, as {@link pprofHandler} does, and sends it to Pyroscope or Parca. What fails loses that profile and
 * nothing else, and is counted. Keeps the process alive for neither. Throws `ERR_LEAKGUARD_INVALID_ARG` and
 * `ERR_LEAKGUARD_UNKNOWN_OPTION`.
 */
export function pushProfiles(options: PushOptions): {
  /** How many were taken by the receiver, how many not, and why the last one was not. */
  stats(): { pushed: number; failed: number; lastError?: string }
  stop(): void
}
