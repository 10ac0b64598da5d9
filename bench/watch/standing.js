// @ts-check
// How often a running guard would have spoken: simulated series (and labelled ones of a folder, as JSON) are fed to it reading by
// reading, and judged whenever the history has become 2.5 % longer: node bench/watch/standing.js [SEEDS] [FOLDER]
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const native = require('../../lib/base/native.js')
const { kinds, simulate } = require('../../__test__/trend/simulate.js')

const SEEDS = Number(process.argv[2] ?? 5)
const folder = process.argv[3]
const NONE = Number.NaN

/** @param {any[]} samples */
function play(samples) {
  const series = new native.MemorySeries(1)
  let judged = samples[0].t
  let said = -1
  let moment = -1
  let times = 0
  for (const { t, heapUsed, external, arrayBuffers, rss, malloc, limit, gc } of samples) {
    const fields = [
      t,
      heapUsed,
      external,
      arrayBuffers,
      rss,
      malloc?.used,
      malloc?.free,
      limit,
      gc?.major,
      gc?.minor,
      gc?.floor,
      gc?.floorExt
    ]
    series.push(new Float64Array([...fields, NONE, NONE, NONE, NONE].map((value) => value ?? NONE)))
    const span = t - samples[0].t
    if (span < 60 || t - judged < span * 0.025) continue
    judged = t
    times++
    const { verdict } = series.judge(t - samples[0].t)
    if (verdict === 'leaking' && moment < 0) moment = t
    if (series.stands() && said < 0) said = t
  }
  return { said, moment, times }
}

/** @type {{ name: string, label: string, samples: any[], onset: number }[]} */
const all = []
for (const label of /** @type {('clean' | 'leak')[]} */ (['clean', 'leak'])) {
  for (const kind of kinds[label]) {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const { samples, onset } = simulate(label, kind, seed + 9000)
      all.push({ name: `${kind} ${seed}`, label, samples, onset })
    }
  }
}
for (const file of folder ? fs.readdirSync(folder).filter((name) => name.endsWith('.json')) : []) {
  const { label, samples, onset } = JSON.parse(fs.readFileSync(path.join(folder, file), 'utf8'))
  all.push({ name: file, label, samples, onset: onset ?? -1 })
}
const count = { clean: 0, leak: 0 }
const spoke = { clean: 0, leak: 0 }
const atOnce = { clean: 0, leak: 0 }
/** @type {number[]} */
const delays = []
for (const { name, label, samples, onset } of all) {
  const kind = label === 'leak' ? 'leak' : 'clean'
  const { said, moment } = play(samples)
  count[kind]++
  if (moment >= 0) atOnce[kind]++
  if (said >= 0) spoke[kind]++
  if (said >= 0 && kind === 'clean') console.log(`accused: ${name}`)
  if (said >= 0 && kind === 'leak' && onset >= 0) delays.push((said - samples[onset].t) / 3600)
}
delays.sort((a, b) => a - b)
console.log(
  `healthy accused at least once: ${spoke.clean} of ${count.clean}; by the verdict of a moment: ${atOnce.clean}`
)
console.log(
  `leaks found before the series ends: ${spoke.leak} of ${count.leak}; by the verdict of a moment: ${atOnce.leak}; median delay ${delays[delays.length >> 1]?.toFixed(1)} h`
)
