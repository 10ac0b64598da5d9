// @ts-check
// Which way a heap is taken: in a copy of the process, or by the program itself. Knows what stands in the way of a copy; not
// what is made of the heap.
'use strict'

const { pick } = require('./fork.js')
const { checkMemory } = require('./snapshot.js')

/**
 * One way or the other, as the caller wants it. Where the choice is ours, what stands in the way of a copy of the process
 * has the program itself do it.
 * @template T
 * @param {string} where @param {Record<string, any>} read
 * @param {(where: string, read: Record<string, any>, reason: string) => Promise<T>} fork
 * @param {(reason: string) => Promise<T>} inline
 * @param {import('./snapshot.js').Depth} [depth]
 */
async function way(where, read, fork, inline, depth = 'graph') {
  const { mode, reason } = pick(where, read.mode)
  if (mode === 'inline') return inline(reason)
  try {
    checkMemory(where, read.force, true, depth)
    return await fork(where, read, reason)
  } catch (error) {
    const { code, message } = /** @type {any} */ (error)
    if (read.mode !== 'auto' || !FORK_ONLY.has(code)) throw error
    return inline(message)
  }
}

/** What only forked captures fail with, or sooner than others. */
const FORK_ONLY = new Set(['ERR_LEAKGUARD_MEMORY', 'ERR_LEAKGUARD_NO_FORK', 'ERR_LEAKGUARD_FORK_FAILED'])

module.exports = { way }
