// @ts-check
// One fetch of one key, from departure to landing: who waits for it, what an abort and a rejection do to it.
// Knows no cache: what it does there it does through what it is given.
'use strict'

/**
 * What a flight may do to the cache.
 * @typedef {object} Ground
 * @property {(flight: Flight) => boolean} isHere whether it still stands in the place of the value
 * @property {() => boolean} isGone whether there is no entry of its key
 * @property {(value: any, flight: Flight) => void} land
 * @property {(value: any) => void} putBack
 * @property {() => void} drop
 */

class Flight {
  /** @param {any} key @param {any} stale the value so far @param {any} options @param {Ground} ground */
  constructor(key, stale, options, ground) {
    this.key = key
    this.stale = stale
    this.options = options
    this.ground = ground
    this.controller = new AbortController()
    /** Somebody waits for it: a failure has an ear. */
    this.isAwaited = false
    this.promise = /** @type {Promise<any> | undefined} */ (undefined)
    /** Takes the listener off the caller's signal. */
    this.part = () => {}
  }

  /** Calls the program, which may change the options it is given. @param {Function} fetchMethod @param {any} context */
  take(fetchMethod, context) {
    const { controller, options, stale, key } = this
    this.follow(options.signal)
    const flown = new Promise((resolve, reject) => {
      if (controller.signal.aborted && !options.ignoreFetchAbort) {
        resolve(undefined)
        return
      }
      const made = fetchMethod(key, stale, { signal: controller.signal, options, context })
      let isLate = false
      controller.signal.addEventListener('abort', () => {
        if (options.ignoreFetchAbort && !options.allowStaleOnFetchAbort) return
        isLate = options.allowStaleOnFetchAbort
        resolve(undefined)
      })
      if (typeof made?.then === 'function') {
        const landed = (/** @type {any} */ value) => (isLate ? this.settle(value, true) : resolve(value))
        Promise.resolve(made).then(landed).then(undefined, reject)
      } else if (made !== undefined) resolve(made)
      else resolve(undefined)
    })
    this.promise = flown.then(
      (value) => this.settle(value, false),
      (error) => this.failed(error, false)
    )
    const part = () => this.part()
    this.promise.then(part, part)
  }

  /** An abort of the caller's is one of ours. @param {AbortSignal | undefined} signal */
  follow(signal) {
    if (!signal) return
    if (signal.aborted) {
      this.controller.abort(signal.reason)
      return
    }
    const listener = () => this.controller.abort(signal.reason)
    signal.addEventListener('abort', listener, { once: true })
    // A signal that lives for ever must not keep a listener for each fetch.
    this.part = () => signal.removeEventListener('abort', listener)
  }

  /** @param {string} reason */
  abort(reason) {
    this.controller.abort(new Error(reason))
  }

  /** The value once it is there. */
  awaited() {
    this.isAwaited = true
    return this.promise
  }

  /** @param {any} value @param {boolean} isLate it was aborted before, and comes all the same */
  settle(value, isLate) {
    const { options, ground, controller } = this
    const { aborted, reason } = controller.signal
    const isIgnored = options.ignoreFetchAbort && value !== undefined
    if (aborted && !isIgnored && !isLate) {
      return this.failed(reason, Boolean(options.ignoreFetchAbort || options.allowStaleOnFetchAbort))
    }
    const isHere = ground.isHere(this)
    if (isHere || (isIgnored && isLate && ground.isGone())) {
      if (value !== undefined) ground.land(value, this)
      else if (this.stale !== undefined) ground.putBack(this.stale)
      else ground.drop()
    }
    return value
  }

  /** @param {any} error @param {boolean} isGoingOn */
  failed(error, isGoingOn) {
    const { options, ground, controller } = this
    const isAborted = controller.signal.aborted
    const staleByAbort = isAborted && options.allowStaleOnFetchAbort
    const allowStale = staleByAbort || options.allowStaleOnFetchRejection
    const isKept = allowStale || options.noDeleteOnFetchRejection
    if (ground.isHere(this)) {
      if (!isKept || (!isGoingOn && this.stale === undefined)) ground.drop()
      else if (!staleByAbort) ground.putBack(this.stale)
      else if (this.stale !== undefined && !isGoingOn) ground.putBack(this.stale)
    }
    if (allowStale) return this.stale
    if (this.isAwaited) throw error
    return undefined
  }
}

module.exports = { Flight }
