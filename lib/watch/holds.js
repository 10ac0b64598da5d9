// @ts-check
// What holds objects that are followed weakly, in a graph of a copy of this process or of the process itself. The graph
// finds them by the WeakRefs that a marker has. Holds none of them meanwhile.
'use strict'

const { whileAlive } = require('../base/alive.js')
const { turn } = require('../base/clock.js')

/** What a graph is asked for by: its class is looked for there. */
class LeakguardFollowed {
  /** @param {WeakRef<object>[]} refs */
  constructor(refs) {
    this.refs = refs
  }
}

/** What waits to be looked for: the graph must have it. @type {{ marker?: LeakguardFollowed }} */
const waiting = {}

/** @typedef {{ ref: WeakRef<object>, label: string }} Wanted `label` says what it is: only alike ones are held alike */

/** @param {'fork' | 'inline'} mode @param {Wanted[]} wanted @returns {Promise<import('../../native.js').NativeHolds>} */
async function holdsOf(mode, wanted) {
  // Loaded when something stays: a guard only asks whether anything does.
  const { captureHeap, holdsIn } = require('../heap/heap.js')
  // V8 holds what a WeakRef was asked for until the job at hand ends.
  await turn()
  waiting.marker = new LeakguardFollowed(wanted.map(({ ref }) => ref))
  const labels = wanted.map(({ label }) => label)
  try {
    // Names of the variables of a block are strings like others. The graph goes at once; no report says what strings say.
    const graph = await whileAlive((signal) => captureHeap({ mode, redact: false, signal }))
    try {
      return await holdsIn(graph, LeakguardFollowed.name, labels)
    } finally {
      graph.dispose()
    }
  } finally {
    waiting.marker = undefined
  }
}

/** Without stopping the program. @param {Wanted[]} wanted */
const holdsAside = (wanted) => holdsOf('fork', wanted)

/** With the program standing still meanwhile: for tests. @param {Wanted[]} wanted */
const holdsInline = (wanted) => holdsOf('inline', wanted)

module.exports = { holdsAside, holdsInline }
