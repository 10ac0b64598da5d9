// @ts-check
// Vitest's main process hands its configuration to the processes and threads that run tests: the runner in it becomes ours,
// where the project has none of its own. No file and no option of the project is touched. Knows messages, no test.
'use strict'

const child_process = require('node:child_process')
const { syncBuiltinESMExports } = require('node:module')
const worker_threads = require('node:worker_threads')

/** @param {any} holder of a configuration @param {string} runner */
const withRunner = (holder, runner) => ({
  ...holder,
  config: { ...holder.config, runner: holder.config.runner ?? runner }
})

/** The same message with our runner in it, where it has a configuration. @param {any} message @param {string} runner */
function changed(message, runner) {
  const isOfVitest = message?.__vitest_worker_request__ === true || message?.__tinypool_worker_message__ === true
  for (const key of ['context', 'task'])
    if (isOfVitest && message[key]?.config) return { ...message, [key]: withRunner(message[key], runner) }
  return message
}

/** @param {string} runner the file of ours */
function install(runner) {
  const { fork } = child_process
  /** @type {any} */
  const replaced = (/** @type {any[]} */ ...args) => {
    const child = Reflect.apply(fork, child_process, args)
    const { send } = child
    child.send = (/** @type {any} */ message, /** @type {any[]} */ ...rest) =>
      Reflect.apply(send, child, [changed(message, runner), ...rest])
    return child
  }
  child_process.fork = replaced
  const { prototype } = worker_threads.Worker
  const { postMessage } = prototype
  /** @this {any} @param {any} message @param {any[]} rest */
  prototype.postMessage = function (message, ...rest) {
    return Reflect.apply(postMessage, this, [changed(message, runner), ...rest])
  }
  syncBuiltinESMExports()
}

module.exports = { install }
