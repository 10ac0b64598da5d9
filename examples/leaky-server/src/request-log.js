// @ts-check
// One JSON line per request on stdout, written when its connection is done with it.

'use strict'

const config = require('./config-bus.js')

/**
 * @param {import('node:http').IncomingMessage} req
 * @param {import('node:http').ServerResponse} res
 */
function logRequest(req, res) {
  const startedAt = performance.now()
  res.on('close', () => {
    if (config.get('request-log') === 'off') return
    const line = {
      at: new Date().toISOString(),
      method: req.method,
      path: req.url?.split('?', 1)[0],
      status: res.statusCode,
      complete: res.writableFinished,
      ms: Math.round(performance.now() - startedAt)
    }
    process.stdout.write(`${JSON.stringify(line)}\n`)
  })
}

module.exports = { logRequest }
