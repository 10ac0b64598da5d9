// @ts-check
// One operation, one way to test it for leaks: prints verdict, wall and CPU time. Times begin when the tool is loaded.
//   node run.js TOOL OPERATION
'use strict'

const v8 = require('node:v8')
const vm = require('node:vm')
const { CLEAN } = require('../../__test__/measure/operations/clean.js')
const { LEAKY } = require('../../__test__/measure/operations/leaky.js')

/** @type {Record<string, () => (op: () => any) => Promise<string>>} */
const TOOLS = {
  leakguard() {
    const { measureLeaks } = require('../../index.js')
    return async (op) => {
      const { verdict, findings } = await measureLeaks(op)
      const { name, line } = findings[0]?.culprit ?? {}
      return verdict === 'leaking' ? `leaking: ${findings[0].kind} '${name}'${line ? `, line ${line}` : ''}` : verdict
    }
  },
  // What it is made for: is this one object collected? It is given what the operation returns.
  'jest-leak-detector'() {
    const jest = require.resolve('jest-runner', {
      paths: [require.resolve('jest-cli', { paths: [require.resolve('jest')] })]
    })
    const { default: LeakDetector } = require(require.resolve('jest-leak-detector', { paths: [jest] }))
    return async (op) => {
      let result = await op()
      if (result === null || (typeof result !== 'object' && typeof result !== 'function')) return 'cannot tell'
      const detector = new LeakDetector(result)
      result = undefined
      return (await detector.isLeaking()) ? 'leaking' : 'clean'
    }
  },
  // As tests have it: collect, call so many times, collect, compare; a leak when each of five rounds ends higher.
  'by hand'() {
    v8.setFlagsFromString('--expose-gc')
    const gc = vm.runInNewContext('gc')
    return async (op) => {
      const readings = []
      for (let round = 0; round <= 5; round++) {
        for (let i = 0; i < 100; i++) await op()
        gc()
        readings.push(process.memoryUsage().heapUsed)
      }
      return readings.every((bytes, i) => i === 0 || bytes > readings[i - 1]) ? 'leaking' : 'clean'
    }
  }
}

async function main() {
  const [tool, name] = process.argv.slice(2)
  const made = name in CLEAN ? await CLEAN[name]() : LEAKY[name].make()
  const op = typeof made === 'function' ? made : made.op
  const test = TOOLS[tool]()
  const [startMs, startCpu] = [performance.now(), process.cpuUsage()]
  const verdict = await test(op)
  const { user, system } = process.cpuUsage(startCpu)
  console.log(JSON.stringify({ verdict, wallMs: performance.now() - startMs, cpuMs: (user + system) / 1000 }))
  process.exit()
}

main()
