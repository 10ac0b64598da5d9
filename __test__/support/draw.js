'use strict'
// @ts-check
// Which part of many live cases runs today. The date and the commit decide, so that in time all of them run, and
// whoever looks at the same commit on the same day runs the same ones. Must not know what the cases are.
//
// LEAKGUARD_TEST_ALL=1 draws all; LEAKGUARD_TEST_SEED=TEXT draws as on the day whose seed was printed.

const fs = require('node:fs')
const path = require('node:path')
const { commit } = require('./commit.js')

/** Names that are drawn until they pass in a commit that takes them out and says why: kind -> name -> reason. */
const ALWAYS_FILE = '__test__/drawn-always.json'
/** @type {Record<string, Record<string, string>>} */
const ALWAYS = JSON.parse(fs.readFileSync(path.join(__dirname, '../..', ALWAYS_FILE), 'utf8'))

const isAll = process.env.LEAKGUARD_TEST_ALL === '1'
const seed = process.env.LEAKGUARD_TEST_SEED ?? `${new Date().toISOString().slice(0, 10)} ${commit()}`.trim()

/** 32-bit FNV-1a (Fowler, Noll, Vo), its bits mixed once more so that names alike in the end do not stay together. @param {string} text */
function hash(text) {
  let state = 0x811c9dc5
  for (const byte of Buffer.from(text)) state = Math.imul(state ^ byte, 0x01000193)
  state = Math.imul(state ^ (state >>> 16), 0x85ebca6b)
  state = Math.imul(state ^ (state >>> 13), 0xc2b2ae35)
  return (state ^ (state >>> 16)) >>> 0
}

/**
 * Which of the names are drawn, in their order: a share of them, rounded up, and those that are always.
 * @param {string} kind @param {string[]} names @param {number} share 0 to 1
 * @param {{ by?: string, all?: boolean, always?: Record<string, Record<string, string>> }} [how] for tests of this file
 * @returns {string[]}
 */
function drawn(kind, names, share, { by = seed, all = isAll, always = ALWAYS } = {}) {
  const unknown = Object.keys(always[kind] ?? {}).filter((name) => !names.includes(name))
  if (unknown.length > 0) throw new Error(`${ALWAYS_FILE} names no ${kind} that there is: ${unknown.join(', ')}`)
  if (all) return [...names]
  const rank = new Map(names.map((name) => [name, hash(`${by}\n${kind}\n${name}`)]))
  const order = [...names].sort((a, b) => Number(rank.get(a)) - Number(rank.get(b)))
  const chosen = new Set([...order.slice(0, Math.ceil(names.length * share)), ...Object.keys(always[kind] ?? {})])
  return names.filter((name) => chosen.has(name))
}

/**
 * As `drawn`, and says so.
 * @param {string} kind @param {string[]} names @param {number} share
 */
function draw(kind, names, share) {
  const chosen = drawn(kind, names, share)
  const by = isAll ? 'LEAKGUARD_TEST_ALL=1' : `LEAKGUARD_TEST_SEED='${seed}'`
  process.stdout.write(`${kind}: ${chosen.length} of ${names.length} drawn (${by})\n`)
  return chosen
}

/** What somebody does whose drawn case failed. @param {string} kind @param {string} name */
const keepDrawing = (kind, name) =>
  `Until it is mended it stays drawn: add ${JSON.stringify({ [kind]: { [name]: 'what was wrong' } })} to ${ALWAYS_FILE}.`

module.exports = { draw, drawn, keepDrawing }
