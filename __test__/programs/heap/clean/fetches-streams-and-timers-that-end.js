const { Readable } = require('node:stream')
const { pipeline } = require('node:stream/promises')
const { setTimeout: wait } = require('node:timers/promises')
exports.step = async (i) => {
  const seen = []
  await pipeline(
    Readable.from([i, i + 1]),
    async function* (s) {
      for await (const x of s) yield String(x)
    },
    async (s) => {
      for await (const x of s) seen.push(x)
    }
  )
  if (i % 20 === 0) await wait(1)
  return seen
}
