/**
 * The report of the running guard at a path of Fastify 5.
 * @packageDocumentation
 */
import type { LeaksOptions } from './express.js'

export type { LeaksOptions }

/**
 * A plugin: as the handler of `leakguard/express`, at the `prefix` that it is registered with, or at `/internal/leaks`.
 *
 * @example
 * await fastify.register(leaks, { prefix: '/internal/leaks', token: process.env.LEAKS_TOKEN })
 */
export function leaks(fastify: any, options?: LeaksOptions): Promise<void>
