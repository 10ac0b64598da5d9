/**
 * The report of the running guard at a path of Express 4 and 5, Connect, and what calls handlers as these do.
 * @packageDocumentation
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Guard } from '../../index.js'

export interface LeaksOptions {
  /**
   * With it every request must have the header `authorization: Bearer TOKEN`. Without it, only requests that a process of
   * this machine sends directly are answered: not those that came through a proxy, or may have.
   */
  token?: string
  /** Default: the running guard of this thread, at the time of each request. */
  guard?: Guard
}

/**
 * A handler: `GET` answers with what `check()` says, as text, JSON or HTML, by `?format=` or the header `Accept`.
 * `POST …/explain` compares three heaps, as `guard.explain()` does, `?everyMs=` apart; that needs the token. Where no guard
 * runs it answers with 503. Mounted at no path it serves `/internal/leaks`, and leaves all else to the next handler.
 * Throws `ERR_LEAKGUARD_INVALID_ARG` for an empty token.
 *
 * @example
 * app.use('/internal/leaks', leaks({ token: process.env.LEAKS_TOKEN }))
 */
export function leaks(
  options?: LeaksOptions
): (request: IncomingMessage, response: ServerResponse, next: (error?: any) => void) => void
