// @ts-check
// What of a measurement must be loaded in the realm of a Jest test file, whose objects it counts and whose lines it tells.
'use strict'

const { measure } = require('../measure/assert.js')
const { mapCompiled } = require('../runners/maps.js')

mapCompiled()

module.exports = { measure }
