// @ts-check
// Which files are this package's own code. Knows where it lies, nothing of what is in it.
'use strict'

const path = require('node:path')

const OWN = path.join(__dirname, '..', path.sep)

/** @param {string} file an absolute path */
const isOwn = (file) => file.startsWith(OWN)

module.exports = { isOwn }
