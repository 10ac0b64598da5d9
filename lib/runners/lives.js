// @ts-check
// Lives that a test began, are over, and stay: requests, sockets, processes, workers; with what holds them. Knows tests
// by their name and file; how they are run is the runner's.
'use strict'

const { toKeptFinding } = require('../findings/findings.js')
const { outlived } = require('../watch/retained.js')
const { hub } = require('../hooks/index.js')
const { boundOf } = require('../code/bound.js')
const { Followed } = require('../watch/followed.js')
const { holdsInline } = require('../watch/holds.js')

/** A test is short: more may be followed than in a program that runs for weeks. */
const FOLLOWED_MAX = 256

/** What a file of tests is called: not every runner says which one it runs. */
const TEST_FILE = /[.-](?:test|spec)\.[cm]?[jt]sx?$|[\\/](?:__tests?__|tests?|spec)[\\/]/

/** @typedef {import('./left.js').Owner} Owner */
/** @typedef {{ finding: import('../..').Finding, owners: string[] }} Told */

class TestLives {
  constructor() {
    this.followed = new Followed(hub().lives, FOLLOWED_MAX)
    /** Whose each is. @type {WeakMap<import('../watch/followed.js').Entry, Owner>} */
    this.owners = new WeakMap()
  }

  /** @param {string} kind @param {any[]} parts @param {Owner | undefined} owner */
  add(kind, parts, owner) {
    const entry = owner && this.followed.add(kind, parts)
    if (owner && entry) this.owners.set(entry, owner)
  }

  /**
   * What stays of these, each told once. Clean tests wait for nothing.
   * @param {(owner: Owner | undefined) => boolean} isWanted @returns {Promise<Told[]>}
   */
  async left(isWanted) {
    this.followed.look(0)
    const kinds = [...this.followed.kinds.values()]
    const wanted = kinds.flatMap((kind) =>
      kind.entries
        .filter((entry) => entry.ended !== undefined && isWanted(this.owners.get(entry)))
        .flatMap((entry) => entry.refs.map((ref) => ({ ref, entry, kind, label: kind.life.many })))
    )
    const { left, canTell } = await outlived(wanted)
    for (const kind of kinds) kind.entries = kind.entries.filter((entry) => !isWanted(this.owners.get(entry)))
    this.followed.look(0)
    return left.length > 0 && canTell ? this.told(left) : []
  }

  /** @param {{ ref: WeakRef<object>, entry: import('../watch/followed.js').Entry, kind: import('../watch/followed.js').KindLike, label: string }[]} left */
  async told(left) {
    const native = await holdsInline(left)
    return native.list().flatMap((hold, at) => {
      const held = hold.members.map((index) => left[index])
      const owners = held.flatMap(({ entry }) => this.owners.get(entry) ?? [])
      // What ends by itself is no leak, and what a test's own variables hold goes with the test.
      if (hold.isMeanwhile || !hold.file || owners.length === 0) return []
      const { file } = hold
      if (TEST_FILE.test(file) || file === process.argv[1] || owners.some((owner) => owner.file?.endsWith(file)))
        return []
      // The code takes them out when there are more of them: a ring, a cache.
      if (boundOf(hold, () => native.programFiles()) !== undefined) return []
      const { kind } = held[0]
      const many = new Set(held.map(({ entry }) => entry)).size
      const lived = {
        one: kind.name,
        many: kind.life.many,
        confidence: 'likely',
        followed: many,
        alive: many,
        age: 0,
        begun: many,
        perHour: 0,
        routes: []
      }
      const finding = toKeptFinding(native.finding(at, lived, many))
      return [{ finding, owners: [...new Set(owners.map(({ name }) => name))] }]
    })
  }
}

module.exports = { TestLives }
