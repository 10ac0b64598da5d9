// @ts-check
// POST /login: a driver's name and pin for a token. The table stands in for the user database.

'use strict'

const { createHash, timingSafeEqual } = require('node:crypto')
const { delay } = require('./delay.js')
const { HttpError, readJson, sendJson } = require('./http.js')
const { issueToken } = require('./sessions.js')
const shutdown = require('./shutdown.js')

/** A wrong pin takes this long, so that guessing does. */
const wrongPinMs = 30

const pinHashes = new Map([
  ['ana', hash('4711')],
  ['ben', hash('2718')],
  ['chi', hash('3141')]
])

/** @param {import('./http.js').Context} context */
async function login({ req, res }) {
  const { driver, pin } = Object(await readJson(req))
  if (!pinMatches(String(driver), String(pin))) {
    await delay(wrongPinMs, shutdown.signal)
    throw new HttpError(401, 'Wrong driver or pin')
  }
  sendJson(res, 200, { token: issueToken(driver) }, { 'cache-control': 'no-store' })
}

/** @param {string} driver @param {string} pin */
function pinMatches(driver, pin) {
  const known = pinHashes.get(driver)
  return known !== undefined && timingSafeEqual(known, hash(pin))
}

/** @param {string} pin */
function hash(pin) {
  return createHash('sha256').update(pin).digest()
}

module.exports = { login }
