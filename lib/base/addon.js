// @ts-check
// The addon, loaded when it is first needed and then kept: requiring leakguard works where no addon can, and a test
// runner may forget modules (jest.resetModules) and let none be loaded between tests.
'use strict'

/** @type {typeof import('../../native.js') | undefined} */
let loaded

const addon = () => (loaded ??= require('./native.js'))

module.exports = { addon }
