// @ts-check
// What caches tell on `diagnostics_channel`. Nobody pays for it while nobody listens.
'use strict'

const { channel } = require('node:diagnostics_channel')

/** `{ op, key, cache, outcome }`: see docs/api.md. */
module.exports = { events: channel('leakguard:cache') }
