// @ts-check
// Tokens are signed and carry their driver, so that any instance can check them. The check is cached per token.

'use strict'

const { createHmac, randomBytes, timingSafeEqual } = require('node:crypto')
const { HttpError } = require('./http.js')

/** @typedef {{ driver: string, expiresAt: number }} Session */

const lifetimeMs = 15 * 60_000
const secret = process.env.SESSION_SECRET ?? randomBytes(32)

/** @type {Map<string, Session>} */
const sessions = new Map()

/** @param {string} driver */
function issueToken(driver) {
  const claims = { driver, expiresAt: Date.now() + lifetimeMs, nonce: randomBytes(8).toString('hex') }
  const payload = Buffer.from(JSON.stringify(claims)).toString('base64url')
  return `${payload}.${sign(payload).toString('base64url')}`
}

/** @param {import('node:http').IncomingMessage} req @returns {Session} */
function requireSession(req) {
  const token = /^Bearer (\S+)$/.exec(req.headers.authorization ?? '')?.[1]
  const session = token && findSession(token)
  if (!session) throw new HttpError(401, 'Log in first', { 'www-authenticate': 'Bearer' })
  return session
}

/** @param {string} token @returns {Session | undefined} */
function findSession(token) {
  const session = sessions.get(token) ?? verify(token)
  if (!session) return undefined
  if (session.expiresAt <= Date.now()) {
    sessions.delete(token)
    return undefined
  }
  sessions.set(token, session)
  return session
}

/** @param {string} token @returns {Session | undefined} */
function verify(token) {
  const [payload, signature = ''] = token.split('.')
  const expected = sign(payload)
  const given = Buffer.from(signature, 'base64url')
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined
  const { driver, expiresAt } = JSON.parse(Buffer.from(payload, 'base64url').toString())
  return { driver, expiresAt }
}

/** @param {string} payload */
function sign(payload) {
  return createHmac('sha256', secret).update(payload).digest()
}

module.exports = { issueToken, requireSession }
