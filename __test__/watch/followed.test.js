'use strict'
// @ts-check
// Following: few at a time, each let go after the collections that decide, and nothing kept by it. The program's
// beginnings are a stand-in here; objects and collections are real.

const assert = require('node:assert/strict')
const { describe, test } = require('node:test')
const { FOLLOWED_MAX, Followed } = require('../../lib/watch/followed.js')
const { collectGarbage } = require('../support/gc.js')

/** A program that begins lives; one in so many is handed on, as the hooks do it. */
class Program {
  constructor() {
    /** @type {Map<string, number>} */
    this.counts = new Map()
    /** @type {Map<string, number>} */
    this.left = new Map()
    this.followed = new Followed({
      begun: (kind) => this.counts.get(kind) ?? 0,
      ask: (kind, every) => this.left.set(kind, Math.min(this.left.get(kind) ?? Infinity, every))
    })
    this.majors = 0
  }

  /** @param {string} kind @param {(at: number) => any[]} make @param {number} count */
  live(kind, make, count) {
    for (let i = 0; i < count; i++) {
      const at = (this.counts.get(kind) ?? 0) + 1
      this.counts.set(kind, at)
      const parts = make(at)
      const left = (this.left.get(kind) ?? Infinity) - 1
      this.left.set(kind, left)
      if (left > 0) continue
      this.left.set(kind, Infinity)
      this.followed.add(kind, parts)
    }
  }

  async collect() {
    this.followed.look(this.majors)
    await new Promise((resolve) => setTimeout(resolve, 1))
    await collectGarbage()
    this.followed.look(++this.majors)
    await new Promise((resolve) => setTimeout(resolve, 1))
  }

  /** @param {string} kind */
  kind(kind) {
    return /** @type {import('../../lib/watch/followed.js').KindLike} */ (this.followed.kinds.get(kind))
  }
}

/** A request and its answer that are over. */
const answered = () => [{ complete: true }, { _closed: true }]
const total = (/** @type {Program} */ { followed }) =>
  [...followed.kinds.values()].reduce((sum, { entries }) => sum + entries.length, 0)

describe('following', () => {
  test('what is over and goes leaves numbers and nothing else', async () => {
    const program = new Program()
    for (let round = 0; round < 6; round++) {
      program.live('server request', answered, 200)
      await program.collect()
    }
    await program.collect()
    const kind = program.kind('server request')
    assert.equal(kind.entries.length, 0)
    assert.ok(kind.gone >= 60, `${kind.gone}`)
    assert.equal(kind.survivors().length, 0)
    assert.equal(kind.begun, 1200)
  })

  test('what stays is a survivor after two collections, with its age in later lives', async () => {
    const program = new Program()
    /** @type {object[]} */
    const kept = []
    const keep = () => {
      const parts = answered()
      kept.push(parts[0])
      return parts
    }
    program.live('server request', keep, 20)
    await program.collect()
    assert.equal(program.kind('server request').survivors().length, 0)
    for (let round = 0; round < 4; round++) {
      program.live('server request', keep, 100)
      await program.collect()
    }
    const survivors = program.kind('server request').survivors()
    assert.ok(survivors.length >= 16, `${survivors.length}`)
    assert.ok(survivors[0].alive >= 200 && survivors[0].alive <= 400, `${survivors[0].alive}`)
    assert.equal(kept.length, 420)
  })

  test('what has not ended is not told, and makes room in time', async () => {
    const program = new Program()
    /** @type {object[]} */
    const kept = []
    const open = () => {
      kept.push({ complete: false })
      return [kept.at(-1), { _closed: false }]
    }
    for (let round = 0; round < 4; round++) {
      program.live('server request', open, 50)
      await program.collect()
    }
    const kind = program.kind('server request')
    assert.equal(kind.survivors().length, 0)
    for (const entry of kind.entries) entry.begunMs -= 3_600_000
    const before = kind.entries[0]
    program.followed.look(program.majors)
    assert.ok(!kind.entries.includes(before))
    assert.ok(kept.length === 200)
  })

  test(`never more than ${FOLLOWED_MAX} at a time, with room for each kind, whatever stays`, async () => {
    const program = new Program()
    /** @type {any[]} */
    const kept = []
    const keep = (/** @type {any[]} */ parts) => {
      kept.push(...parts)
      return parts
    }
    for (let round = 0; round < 12; round++) {
      program.live('server request', () => keep(answered()), 300)
      program.live('client request', () => keep([{ _closed: true, res: null }]), 10)
      program.live('child process', () => [{ exitCode: 0 }], 3)
      await program.collect()
      assert.ok(total(program) <= FOLLOWED_MAX, `${total(program)}`)
    }
    assert.ok(program.kind('client request').survivors().length >= 10)
    assert.ok(program.kind('server request').survivors().length >= 10)
    assert.ok(program.kind('child process').gone >= 10)
    // The oldest ones stay: they alone say what becomes of what is old.
    const ended = program
      .kind('server request')
      .survivors()
      .map((entry) => Number(entry.ended))
    assert.ok(Math.min(...ended) <= 300 && Math.max(...ended) > 2000, `${ended}`)
    assert.ok(kept.length > 0)
  })

  test('following holds nothing longer than to the next major collection', async () => {
    const program = new Program()
    /** @type {WeakRef<object>[]} */
    const refs = []
    program.live(
      'server request',
      () => {
        const parts = answered()
        refs.push(new WeakRef(parts[0]))
        return parts
      },
      10
    )
    await new Promise((resolve) => setTimeout(resolve, 1))
    await collectGarbage()
    assert.equal(refs.filter((ref) => ref.deref() !== undefined).length, 0)
  })
})
