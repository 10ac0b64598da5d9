// As much of bullmq as the documentation's example uses, without the Redis that the real one needs.
'use strict'

const { EventEmitter } = require('node:events')

class Worker extends EventEmitter {
  /** @param {string} name @param {(job: object) => unknown} processor @param {{ connection: object }} options */
  constructor(name, processor, { connection }) {
    super()
    if (!connection) throw new Error('bullmq: Worker requires a connection')
    this.name = name
    setImmediate(async () => {
      const job = { id: '1', name: 'welcome', data: { to: 'ana@example.org' } }
      this.emit('completed', job, await processor(job), 'active')
    })
  }

  async close() {
    this.removeAllListeners()
  }
}

module.exports = { Worker }
