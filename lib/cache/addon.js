// @ts-check
// The addon, loaded when the first cache is made: requiring leakguard works where no addon can.
'use strict'

/** @type {typeof import('../../native.js') | undefined} */
let loaded

const addon = () => (loaded ??= require('../native.js'))

module.exports = { addon }
