// @ts-check
// The same, by a helper in another file.
'use strict'

const { pace, sleep } = require('../helpers/pace.js')
const { waitFor } = require('../helpers/wait-for.js')

const shutdown = new AbortController()

module.exports = {
  kind: 'listener',
  file: '../helpers/wait-for.js',
  run: () => pace(400, 3, () => waitFor(shutdown.signal, sleep(5)))
}
