// @ts-check
// A process that watches nothing itself and tells of those that it starts: it makes the folder for their reports, writes the
// report of all now and then, and tells it when they have ended. Must not know what they are.
'use strict'

const { handOver, makeParts } = require('./parts.js')
const { LOOK_MS, ReportFiles } = require('./files.js')
const { outputsText } = require('../base/outputs.js')
const { say } = require('../base/say.js')

/** @typedef {{ report: import('../..').LeakReport, processes: number, programs: string[], living: number }} Watched */

class Supervisor {
  /** @param {import('../base/outputs.js').Output[]} places where reports are written to */
  constructor(places) {
    this.files = new ReportFiles(places, (why) => say(`leakguard: ${why}\n`))
    this.parts = makeParts(places, { isWatched: false })
    this.timer = setInterval(() => this.look(), LOOK_MS).unref()
  }

  /** Variables for the processes that are started. */
  env() {
    return { LEAKGUARD_PARTS: this.parts.folder, LEAKGUARD_OUTPUT: outputsText(this.files.places) }
  }

  /** What a process is at that compares heaps. */
  progress() {
    return this.parts.progress()
  }

  /** Files have what was known some seconds ago, should all be killed. */
  look() {
    this.parts.lead()
    const all = this.parts.look([])
    if (all.processes.count === 0) return
    const report = all.report()
    const files = this.files.due(report)
    if (files) this.files.write(report, files)
  }

  /** What was started has ended. @param {string | undefined} above folder of a service that this one is part of @returns {Watched} */
  end(above) {
    clearInterval(this.timer)
    const all = this.parts.end([])
    const report = all.report()
    if (all.processes.count > 0) {
      this.files.write(report)
      if (above) handOver(above, all)
    }
    return { report, processes: all.processes.count, programs: [...all.programs.keys()], living: all.living }
  }
}

/** @typedef {InstanceType<typeof Supervisor>} SupervisorLike */

module.exports = { Supervisor }
