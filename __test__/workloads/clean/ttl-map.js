// @ts-check
// A Map whose entries expire.
'use strict'

const { pace } = require('../helpers/pace.js')

async function run(/** @type {typeof import('../../..')} */ { track }) {
  const sessions = track(new Map(), 'sessions')
  const sweep = setInterval(() => {
    const now = Date.now()
    for (const [id, until] of sessions) if (until < now) sessions.delete(id)
  }, 100)
  await pace(400, 4, (i) => sessions.set(i, Date.now() + 500))
  clearInterval(sweep)
}

module.exports = { run }
