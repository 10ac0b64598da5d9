// @ts-check
// GET /flags/:name answers with a setting, or with `?wait=ms` once it changes (204 when it does not in that time).

'use strict'

const config = require('./config-bus.js')
const { HttpError, readJson, sendJson } = require('./http.js')

const waitMsMax = 30_000

/** @param {import('./http.js').Context} context */
async function showFlag({ res, params: [name], query }) {
  requireFlag(name)
  const waitMs = Math.min(Number(query.get('wait') ?? 0), waitMsMax)
  if (!(waitMs >= 0)) throw new HttpError(400, 'wait must be a number of milliseconds')
  if (waitMs === 0) return sendJson(res, 200, { name, value: config.get(name) })

  const value = await nextValue(name, waitMs)
  if (value === undefined) return res.writeHead(204).end()
  sendJson(res, 200, { name, value })
}

/** @param {import('./http.js').Context} context */
async function changeFlag({ req, res, params: [name] }) {
  requireFlag(name)
  const { value } = Object(await readJson(req))
  if (typeof value !== 'string') throw new HttpError(400, 'value must be a string')
  config.set(name, value)
  sendJson(res, 200, { name, value })
}

/** @param {string} name */
function requireFlag(name) {
  if (config.get(name) === undefined) throw new HttpError(404, 'No such flag')
}

/**
 * @param {string} name
 * @param {number} waitMs
 * @returns {Promise<string | undefined>} undefined when it did not change
 */
function nextValue(name, waitMs) {
  return new Promise((resolve) => {
    /** @param {{ name: string, value: string }} change */
    const onChange = (change) => {
      if (change.name !== name) return
      clearTimeout(timer)
      config.bus.off('change', onChange)
      resolve(change.value)
    }
    const timer = setTimeout(() => {
      config.bus.off('change', onChange)
      resolve(undefined)
    }, waitMs)
    config.bus.on('change', onChange)
  })
}

module.exports = { changeFlag, showFlag }
