// @ts-check
// A server in a process of its own: started, made to capture its heap, asked for its report, stopped.
// Knows the messages, not what is in a report, nor what the server is asked meanwhile.

'use strict'

const { fork } = require('node:child_process')
const path = require('node:path')
const { CommandError } = require('../errors.js')

const preload = path.join(__dirname, 'preload.js')
const replyMsMax = 20_000
const stopMsMax = 3000
const stderrCharsMax = 4000

/** @typedef {import('node:child_process').ChildProcess} ChildProcess */
/**
 * @typedef {object} Server
 * @property {number} port
 * @property {() => Promise<Message>} capture keeps a heap for the report
 * @property {() => Promise<Message>} report
 * @property {() => boolean} isRunning
 * @property {() => Promise<void>} stop
 */
/** @typedef {{ type: string, port?: number, text?: string, json?: any, error?: string }} Message */

/**
 * Resolves once the server listens. It must send `{ type: 'listening', port }` to its parent.
 * @param {string} entry its main file
 * @returns {Promise<Server>}
 */
async function startServer(entry) {
  const child = fork(entry, [], { execArgv: ['--require', preload], stdio: ['ignore', 'ignore', 'pipe', 'ipc'] })
  const complaints = keepTail(/** @type {import('node:stream').Readable} */ (child.stderr))
  const isRunning = () => child.exitCode === null && child.signalCode === null
  const stop = () => stopChild(child, isRunning)
  try {
    const { port = 0 } = await reply(child, 'listening', complaints)
    const ask = (/** @type {string} */ type) => answerTo(child, type, complaints)
    return { port, isRunning, stop, capture: () => ask('capture'), report: () => ask('report') }
  } catch (error) {
    await stop()
    throw error
  }
}

/** @param {ChildProcess} child @param {string} type @param {() => string} complaints */
async function answerTo(child, type, complaints) {
  const answer = reply(child, type, complaints)
  // A child that died has closed its channel; `answer` rejects then.
  child.send({ type }, () => {})
  const message = await answer
  if (message.error) throw new CommandError(`The server cannot send "${type}": ${message.error}`)
  return message
}

/**
 * The next message of that type.
 * @param {ChildProcess} child
 * @param {string} type
 * @param {() => string} complaints
 * @returns {Promise<Message>}
 */
function reply(child, type, complaints) {
  return new Promise((resolve, reject) => {
    /** @param {any} message */
    const onMessage = (message) => {
      if (message?.type !== type) return
      cleanUp()
      resolve(message)
    }
    /** @param {string} what */
    const fail = (what) => {
      cleanUp()
      reject(new CommandError(`${what}\n${complaints()}`.trimEnd()))
    }
    const onExit = () => {
      const how = child.signalCode ?? `exit code ${child.exitCode}`
      fail(`The server ended (${how}) before it sent "${type}"`)
    }
    const timer = setTimeout(() => fail(`The server did not send "${type}" in ${replyMsMax / 1000} s`), replyMsMax)
    const cleanUp = () => {
      clearTimeout(timer)
      child.off('message', onMessage).off('close', onExit)
    }
    // 'close' follows 'exit' once stderr has been read to its end.
    child.on('message', onMessage).on('close', onExit)
    if (child.exitCode !== null || child.signalCode !== null) onExit()
  })
}

/** @param {ChildProcess} child @param {() => boolean} isRunning */
async function stopChild(child, isRunning) {
  if (!isRunning()) return
  const ended = new Promise((resolve) => child.once('exit', resolve))
  const timer = setTimeout(() => child.kill('SIGKILL'), stopMsMax)
  // The preload turns this into an orderly end, on every system.
  if (child.connected) child.disconnect()
  await ended
  clearTimeout(timer)
}

/** @param {import('node:stream').Readable} stream @returns {() => string} the end of what it has written so far */
function keepTail(stream) {
  let tail = ''
  stream.setEncoding('utf8').on('data', (text) => {
    tail = (tail + text).slice(-stderrCharsMax)
  })
  return () => tail
}

module.exports = { startServer }
