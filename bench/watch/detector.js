// @ts-check
// How often the detector of trends is wrong: simulated series by seeds, judged once at their end.
// node bench/watch/detector.js [FIRST SEED] [SEEDS] [--malloc]
'use strict'

const { analyzeTrend } = require('../..')
const { kinds, simulate } = require('../../__test__/trend/simulate.js')

const [from = 50_000, seeds = 20] = process.argv.slice(2).filter(Number).map(Number)
const malloc = process.argv.includes('--malloc')
const Z = 1.96

/** @param {'clean' | 'leak'} label */
function judged(label) {
  return kinds[label].flatMap((kind) =>
    Array.from({ length: seeds }, (_, i) => {
      const { samples, total } = simulate(label, kind, from + i, { malloc })
      return { kind, total, isAccused: analyzeTrend(samples).verdict === 'leaking' }
    })
  )
}

/** @param {{ isAccused: boolean }[]} series */
const found = (series) => `${series.filter(({ isAccused }) => isAccused).length} of ${series.length}`

/** Wilson's interval, in percent. @param {number} count @param {number} of */
function interval(count, of) {
  const [share, square] = [count / of, Z * Z]
  const middle = share + square / 2 / of
  const half = Z * Math.sqrt((share * (1 - share)) / of + square / 4 / of / of)
  return [middle - half, middle + half].map((end) => ((100 * end) / (1 + square / of)).toFixed(2)).join(' to ')
}

const [healthy, leaking] = [judged('clean'), judged('leak')]
const accused = healthy.filter(({ isAccused }) => isAccused)
const which = [...new Set(accused.map(({ kind }) => kind))].join(', ')
console.log(`healthy accused: ${found(healthy)} (${interval(accused.length, healthy.length)} %) ${which}`)
console.log(`leaks found: ${found(leaking)}`)
for (const [low, high] of [
  [0.05, 0.2],
  [0.2, 0.6],
  [0.6, Number.POSITIVE_INFINITY]
]) {
  const part = leaking.filter(({ total }) => total >= low && total < high)
  console.log(`  from ${low * 100} % of the base: ${found(part)}`)
}
for (const kind of kinds.leak) console.log(`  ${kind}: ${found(leaking.filter((one) => one.kind === kind))}`)
