// @ts-check
// Writes a heap into the folder `out` and ends in the middle of it. Arguments: the mode, and how it ends: 'exit',
// 'throw' or a signal.
'use strict'

const fs = require('node:fs')
const { writeHeap } = require('leakguard')

const [mode, how] = process.argv.slice(2)
Object.assign(globalThis, { kept: Array.from({ length: 1e5 }, (_, i) => ({ i })) })

function end() {
  if (!fs.readdirSync('out').some((name) => name.endsWith('.partial'))) return
  console.log('midway')
  if (how === 'exit') process.exit(0)
  if (how === 'throw') throw new Error('uncaught')
  process.kill(process.pid, how)
}

async function main() {
  if (mode === 'fork') setInterval(end, 2)
  const onProgress = mode === 'inline' ? end : undefined
  try {
    await writeHeap('out/a.heapsnapshot', { mode: /** @type {'inline' | 'fork'} */ (mode), force: true, onProgress })
  } catch (error) {
    if (how !== 'throw') throw error
    setTimeout(() => {
      throw error
    })
  }
}

main()
