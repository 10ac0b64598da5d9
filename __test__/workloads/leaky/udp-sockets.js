// @ts-check
// UDP sockets that stay bound.
'use strict'

const dgram = require('node:dgram')
const { pace } = require('../helpers/pace.js')

module.exports = {
  kind: 'handle',
  run: () =>
    pace(20, 3.5, () => {
      dgram.createSocket('udp4').bind(0) // leaks
    })
}
