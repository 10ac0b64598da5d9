// @ts-check
// Reads and writes profiles by the official schema (profile.proto of github.com/google/pprof, Apache 2.0, in this folder) with
// protobufjs: a reader that is not ours. Must not use any of the product's code.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const zlib = require('node:zlib')
const protobuf = require('protobufjs')

const Profile = protobuf
  .parse(fs.readFileSync(path.join(__dirname, 'profile.proto'), 'utf8'), { keepCase: true })
  .root.lookupType('perftools.profiles.Profile')

/** @typedef {{ stack: { name: string, file: string, line: number }[], values: Record<string, number>, labels: Record<string, string> }} Sample leaf first */

/** @param {Uint8Array} bytes compressed @returns {any} the message, with numbers */
function decoded(bytes) {
  const message = Profile.decode(zlib.gunzipSync(bytes))
  return Profile.toObject(message, { longs: Number, defaults: true, arrays: true })
}

/** What a profile says, its tables resolved. @param {Uint8Array} bytes */
function readOfficial(bytes) {
  const raw = decoded(bytes)
  const text = (/** @type {number} */ at) => {
    if (!(at in raw.string_table)) throw new Error(`no string ${at}`)
    return raw.string_table[at]
  }
  const byId = (/** @type {any[]} */ list) => new Map(list.map((one) => [one.id, one]))
  const [functions, locations, mappings] = [raw.function, raw.location, raw.mapping].map(byId)
  const types = raw.sample_type.map((/** @type {any} */ { type, unit }) => ({ type: text(type), unit: text(unit) }))
  const frame = (/** @type {number} */ id) => {
    const { mapping_id, line } = locations.get(id)
    if (!mappings.has(mapping_id)) throw new Error(`no mapping ${mapping_id}`)
    const { name, filename } = functions.get(line[0].function_id)
    return { name: text(name), file: text(filename), line: line[0].line }
  }
  /** @type {Sample[]} */
  const samples = raw.sample.map((/** @type {any} */ { location_id, value, label }) => ({
    stack: location_id.map(frame),
    values: Object.fromEntries(types.map((/** @type {any} */ { type }, /** @type {number} */ at) => [type, value[at]])),
    labels: Object.fromEntries(label.map((/** @type {any} */ { key, str }) => [text(key), text(str)]))
  }))
  const [mapping] = raw.mapping
  return {
    types,
    samples,
    strings: /** @type {string[]} */ (raw.string_table),
    program: text(mapping.filename),
    buildId: text(mapping.build_id),
    defaultType: text(raw.default_sample_type),
    dropFrames: text(raw.drop_frames),
    keepFrames: text(raw.keep_frames),
    comments: raw.comment.map(text),
    timeMs: raw.time_nanos / 1e6,
    /** @param {string} type */
    total: (type) => samples.reduce((sum, { values }) => sum + values[type], 0)
  }
}

/** A compressed profile of these samples, as another tool would write it. @param {string} type @param {string} unit @param {[names: string[], value: number][]} samples leaf first */
function writeOfficial(type, unit, samples) {
  const strings = ['']
  const index = (/** @type {string} */ text) =>
    strings.includes(text) ? strings.indexOf(text) : strings.push(text) - 1
  const names = [...new Set(samples.flatMap(([stack]) => stack))]
  const message = {
    sample_type: [{ type: index(type), unit: index(unit) }],
    sample: samples.map(([stack, value]) => ({
      location_id: stack.map((name) => names.indexOf(name) + 1),
      value: [value]
    })),
    location: names.map((_, at) => ({ id: at + 1, line: [{ function_id: at + 1, line: at }] })),
    function: names.map((name, at) => ({ id: at + 1, name: index(name), filename: index('main.go') })),
    string_table: strings
  }
  return zlib.gzipSync(Profile.encode(Profile.fromObject(message)).finish())
}

module.exports = { readOfficial, writeOfficial }
