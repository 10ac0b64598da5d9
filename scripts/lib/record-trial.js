'use strict'
// @ts-check
// Required before a program that measures operations: writes down what the rules of dose and response are asked and what
// they answer. The format is read by tests/all/replay/trials.rs.
//   node --require ./record-trial.js PROGRAM    with LEAKGUARD_TRIAL=FILE
//
// | line | meaning |
// |---|---|
// | `d CALLS…` | the rounds of the counts below |
// | `c READING… > ANSWER` | a count around the rounds, and how it answers to them: a name, or `none` |
// | `m FLOOR FLOOR_PER_CALL CALLS… | READING… > ANSWER` | memory |
// | `r BEFORE CALLS AFTER CALLS > yes` | whether a rate declines, or `no` |

const fs = require('node:fs')
const native = /** @type {any} */ (require('../../native.js'))

const lines = ['leakguard trial 1']
const { judgeCounts, judgeMemory, declines } = native

/** @param {number[]} doses @param {Float64Array} readings */
native.judgeCounts = (doses, readings) => {
  const answers = judgeCounts(doses, readings)
  const named = new Map(answers.map((/** @type {any} */ { row, response }) => [row, response]))
  const looks = doses.length + 1
  lines.push(`d ${doses.join(' ')}`)
  for (let row = 0; row * looks < readings.length; row++) {
    const values = readings.subarray(row * looks, (row + 1) * looks)
    lines.push(`c ${values.join(' ')} > ${named.get(row) ?? 'none'}`)
  }
  return answers
}

/** @param {number[]} doses @param {number[]} readings @param {number} floor @param {number} perCall */
native.judgeMemory = (doses, readings, floor, perCall) => {
  const answer = judgeMemory(doses, readings, floor, perCall)
  lines.push(`m ${floor} ${perCall} ${doses.join(' ')} | ${readings.join(' ')} > ${answer?.response ?? 'none'}`)
  return answer
}

/** @param {number[]} numbers */
native.declines = (...numbers) => {
  const answer = declines(...numbers)
  lines.push(`r ${numbers.join(' ')} > ${answer ? 'yes' : 'no'}`)
  return answer
}

process.on('exit', () => fs.writeFileSync(String(process.env.LEAKGUARD_TRIAL), `${lines.join('\n')}\n`))
