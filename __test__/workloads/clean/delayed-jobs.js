// @ts-check
// Retries a second and a half after each request: as many timeouts wait as there are requests in that time.
'use strict'

const { pace } = require('../helpers/pace.js')

module.exports = { run: () => pace(800, 4, () => setTimeout(() => {}, 1500)) }
