// @ts-check
// Long native work watched over: stopped with a signal, its progress told. Knows tasks, not what they do.
'use strict'

const { addon } = require('../base/addon.js')
const { aborted, ofAddon } = require('../base/errors.js')

const PROGRESS_MS = 100
/** While more than this waits to be parsed, the source waits, in bytes. */
const WAITING_BYTES_MAX = 32 * 1024 * 1024

/**
 * Watches over native work: stops it with the signal, tells how far it is. An `onProgress` that throws stops it too,
 * and what it threw is told.
 * @template T what has a method `dispose` is disposed of when nobody wants it any more
 * @param {{ signal?: AbortSignal, onProgress?: (p: { phase: string, fraction: number }) => void }} options
 * @param {(task: InstanceType<typeof import('../../native.js').Task>, stopped: Promise<never>) => Promise<T>} work
 *   `stopped` rejects when the work is to end
 * @returns {Promise<T>}
 */
async function supervised({ signal, onProgress }, work) {
  if (signal?.aborted) throw aborted(signal)
  const task = new (addon().Task)()
  /** @type {(error: unknown) => void} */
  let refuse = () => {}
  /** @type {Promise<never>} */
  const stopped = new Promise((_, reject) => {
    refuse = reject
  })
  // Most work ends without anybody having waited for this.
  stopped.catch(() => {})
  const stop = () => {
    task.cancel()
    refuse(aborted(signal))
  }
  signal?.addEventListener('abort', stop, { once: true })
  /** @type {{ error: unknown } | undefined} */
  let thrown
  const tell = (/** @type {{ phase: string, fraction: number }} */ progress) => {
    if (thrown) return
    try {
      onProgress?.(progress)
    } catch (error) {
      thrown = { error }
      stop()
    }
  }
  const interval =
    onProgress && setInterval(() => tell({ phase: task.phase(), fraction: task.fraction() }), PROGRESS_MS)
  try {
    const result = await work(task, stopped)
    tell({ phase: 'done', fraction: 1 })
    if (!thrown && !signal?.aborted) return result
    /** @type {{ dispose?: () => void }} */
    const unwanted = Object(result)
    unwanted.dispose?.()
    throw aborted(signal)
  } catch (error) {
    if (thrown) throw thrown.error
    throw signal?.aborted ? aborted(signal) : ofAddon(error)
  } finally {
    clearInterval(interval)
    signal?.removeEventListener('abort', stop)
  }
}

module.exports = { PROGRESS_MS, WAITING_BYTES_MAX, supervised }
