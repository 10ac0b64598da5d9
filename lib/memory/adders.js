// @ts-check
// Which lines add to the containers that hold memory: watched for some seconds each, once a container is known to grow.
'use strict'

const { nowMs } = require('../base/clock.js')
const { attempt } = require('../base/entry.js')
const { withAdded } = require('../findings/added.js')
const { Additions } = require('../hooks/additions.js')

/** So long at the most, and after so many additions to one container, stacks or calls in all, it is enough. */
const WATCHED_MS = 10_000
const LOOK_MS = 100
const ENOUGH = 8
const CALLS_MAX = 500_000
const STACKS_MAX = 200
/** What no stand-in sees. */
const UNSEEN = new Set(['Object', 'WeakMap', 'WeakSet'])
/** Smaller containers than this share of what is looked for are left alone. */
const SMALLER = 0.9
/** Entries may come so many times as fast meanwhile, and so many besides. */
const FASTER = 2
const MORE = 100
/** A container is watched so often, and so many are remembered. */
const TRIES_MAX = 3
const KNOWN_MAX = 50

/** @typedef {import('../findings/facts').Facts} Facts */

class Adders {
  constructor() {
    /** Lines by container, and how often they were looked for. @type {Map<string, { sites: Map<string, number>, tries: number }>} */
    this.known = new Map()
    /** @type {InstanceType<typeof Additions> | undefined} */
    this.additions = undefined
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined
    this.isStopped = false
  }

  /** With the lines that add to what holds this, if they are known. @param {Facts} facts @returns {Facts} */
  told(facts) {
    return withAdded(facts, this.known.get(keyOf(facts))?.sites)
  }

  /**
   * Looks for the lines that add to what holds this.
   * @param {Facts} facts of heaps, the last of which is of this moment @param {number} seconds between the first and the last
   * @param {() => void} then called when they are known
   */
  want(facts, seconds, then) {
    const { holder, change } = facts
    const key = keyOf(facts)
    const known = this.known.get(key) ?? { sites: new Map(), tries: 0 }
    const isDone = known.sites.size > 0 || known.tries >= TRIES_MAX || this.known.size >= KNOWN_MAX
    const of = holder?.class
    if (this.isStopped || this.additions || isDone || !of || UNSEEN.has(of) || !holder?.isContainer) return
    this.known.set(key, { ...known, tries: known.tries + 1 })
    const count = change.counts.at(-1)
    const perSecond = (count - change.counts[0]) / seconds
    const bounds = { sizeMin: count * SMALLER, callsMax: CALLS_MAX, stacksMax: STACKS_MAX, enough: ENOUGH }
    const additions = new Additions(bounds)
    this.additions = additions
    const startMs = nowMs()
    additions.start()
    const look = () => {
      const passedMs = nowMs() - startMs
      if (passedMs < WATCHED_MS && !additions.isOver) return this.later(look)
      this.end()
      const to = count + (perSecond * FASTER * passedMs) / 1000 + MORE
      const sites = additions.sitesOf(of, count, to)
      if (sites.size === 0) return
      this.known.set(key, { sites, tries: TRIES_MAX })
      then()
    }
    this.later(look)
  }

  /** @param {() => void} look */
  later(look) {
    this.timer = setTimeout(() => attempt(look), LOOK_MS)
    this.timer.unref()
  }

  end() {
    clearTimeout(this.timer)
    this.additions?.stop()
    this.additions = undefined
  }

  stop() {
    this.isStopped = true
    this.end()
  }
}

/** @param {Facts} facts */
const keyOf = ({ key }) => JSON.stringify(key)

module.exports = { Adders }
