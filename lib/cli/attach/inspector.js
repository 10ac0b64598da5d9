// @ts-check
// Into a process without a guard by Node's own inspector: SIGUSR1 starts it, what answers requests is loaded, and the
// inspector is closed again, all within a moment. Knows Node's inspector, not what is asked.
'use strict'

const http = require('node:http')
const path = require('node:path')
const { setTimeout: pause } = require('node:timers/promises')
const { listeners } = require('./sockets.js')
const { examine, refused } = require('./target.js')
const { WebSocketClient } = require('./websocket.js')

const INSIDE = path.join(__dirname, '..', '..', 'attach', 'inside.js')
const PORT = 9229
/** So long the inspector may take to start, to answer and to close. */
const PATIENCE_MS = 10_000
const PAUSE_MS = 50
const NODE_MIN = 20

/** @typedef {import('./target.js').Target} Target */

/** Where the inspector is going to listen; 0: anywhere. @param {string[]} options */
function portOf(options) {
  const ports = options.flatMap((word) => {
    const [, value] = /^--(?:inspect(?:-brk|-wait|-port)?|debug-port)=(?:.*:)?(\d+)$/.exec(word) ?? []
    return value === undefined ? [] : [Number(value)]
  })
  return ports.at(-1) ?? PORT
}

/** Where it would listen to others than this machine. @param {string[]} options */
const isOpenToOthers = (options) =>
  options.some((word) => {
    const [, host] = /^--(?:inspect(?:-brk|-wait|-port)?|debug-port)=(.+):\d+$/.exec(word) ?? []
    return host !== undefined && !/^(?:127\.|localhost$|\[?::1\]?$)/.test(host)
  })

/** Whether it was started with its inspector. @param {string[]} options */
const isInspected = (options) => options.some((word) => /^--inspect(?:-brk|-wait)?(?:=|$)/.test(word))

/** The URL of its session, if an inspector listens there. @param {number} port @returns {Promise<string | undefined>} */
function sessionAt(port) {
  return new Promise((resolve) => {
    const request = http.get(
      { host: '127.0.0.1', port, path: '/json/list', agent: false, timeout: PATIENCE_MS },
      (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (part) => {
          text += part
        })
        response.on('end', () => {
          try {
            resolve(JSON.parse(text).find((/** @type {any} */ one) => one.type === 'node')?.webSocketDebuggerUrl)
          } catch {
            resolve(undefined)
          }
        })
      }
    )
    request.on('timeout', () => request.destroy())
    request.on('error', () => resolve(undefined))
  })
}

/** The inspector of a process, started if it is not. @param {Target} target @returns {Promise<{ url: string, port: number, isOurs: boolean }>} */
async function opened({ pid, options, words, handlesSignal }) {
  const port = portOf(options)
  const before = listeners(pid)
  const open = before.own.find((socket) => socket.port === port)
  const url = open && (await sessionAt(port))
  if (url) {
    if (before.connected.some((socket) => socket.port === port))
      throw refused(`process ${pid} is being debugged already, at 127.0.0.1:${port}: end that session first`)
    return { url, port, isOurs: false }
  }
  if (isInspected(options))
    throw refused(`process ${pid} was started with its inspector, which does not answer at 127.0.0.1:${port}`)
  if (!handlesSignal)
    throw refused(
      `the inspector of process ${pid} cannot be started: it does not handle SIGUSR1 (--disable-sigusr1), which would end it`
    )
  if (port !== 0 && before.others.some((socket) => socket.port === port))
    throw refused(`the inspector of process ${pid} cannot be started: another process listens at port ${port}`)
  if (isOpenToOthers(options))
    throw refused(`the inspector of process ${pid} would listen to other machines (--inspect-port): it is not started`)
  // Its number may be another process's by now.
  const now = examine(pid)
  if (now.words.join('\0') !== words.join('\0') || !now.handlesSignal)
    throw refused(`process ${pid} has become another one`)
  process.kill(pid, 'SIGUSR1')
  const known = new Set(before.own.map(({ inode }) => inode))
  for (const startMs = performance.now(); performance.now() - startMs < PATIENCE_MS; await pause(PAUSE_MS)) {
    for (const socket of listeners(pid).own) {
      if (known.has(socket.inode) || !socket.isLoopback) continue
      const found = await sessionAt(socket.port)
      if (found) return { url: found, port: socket.port, isOurs: true }
      known.add(socket.inode)
    }
  }
  throw refused(
    `process ${pid} has not started its inspector within ${PATIENCE_MS / 1000} s of SIGUSR1: it may handle that signal itself`
  )
}

class Session {
  /** @param {import('./websocket.js').WebSocketLike} socket */
  constructor(socket) {
    this.socket = socket
    this.id = 0
    /** @type {Map<number, { resolve: (result: any) => void, reject: (error: Error) => void }>} */
    this.waiting = new Map()
    socket.onText = (/** @type {string} */ text) => {
      const { id, result, error } = JSON.parse(text)
      const waiting = this.waiting.get(id)
      this.waiting.delete(id)
      if (error) waiting?.reject(new Error(error.message))
      else waiting?.resolve(result)
    }
    socket.onEnd = () => {
      for (const { reject } of this.waiting.values()) reject(new Error('it has ended the session'))
    }
  }

  /** The value of an expression, in the process. @param {string} expression */
  async evaluate(expression) {
    const id = ++this.id
    const params = { expression, includeCommandLineAPI: true, returnByValue: true, silent: true }
    const timeout = new AbortController()
    try {
      const answered = new Promise((resolve, reject) => {
        this.waiting.set(id, { resolve, reject })
        this.socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }))
      })
      const tooLate = pause(PATIENCE_MS, undefined, { signal: timeout.signal }).then(() => {
        throw new Error(`it has not answered within ${PATIENCE_MS / 1000} s: its event loop may be busy`)
      })
      tooLate.catch(() => {})
      const { result, exceptionDetails } = await Promise.race([answered, tooLate])
      if (exceptionDetails)
        throw new Error(exceptionDetails.exception?.description?.split('\n', 1)[0] ?? exceptionDetails.text)
      return result.value
    } finally {
      timeout.abort()
    }
  }
}

/** Node's own function, whether the console's is there or not. */
const REQUIRE =
  "(typeof require === 'function' ? require : process.getBuiltinModule('node:module').createRequire(process.execPath))"

/** Has the process answer requests, once. @param {Target} target @param {(step: string) => void} tell */
async function enter(target, tell) {
  const { pid, temporary } = target
  tell('starting the inspector')
  const { url, port, isOurs } = await opened(target)
  let socket
  try {
    tell('loading leakguard')
    socket = await WebSocketClient.connect(url, PATIENCE_MS)
    const session = new Session(socket)
    try {
      const there = JSON.parse(await session.evaluate('JSON.stringify([process.pid, process.version])'))
      if (there[0] !== pid) throw new Error(`process ${there[0]} answers at port ${port}`)
      if (Number.parseInt(there[1].slice(1), 10) < NODE_MIN)
        throw new Error(`it runs Node.js ${there[1]}, and leakguard needs ${NODE_MIN} or later`)
      await session.evaluate(`${REQUIRE}(${JSON.stringify(INSIDE)}).begin(${JSON.stringify(temporary)})`)
    } finally {
      // Once this session has ended: to close the inspector waits for it.
      if (isOurs) {
        const close = `setTimeout(() => inspector.close(), ${PAUSE_MS})`
        await session.evaluate(`((inspector) => void ${close})(${REQUIRE}('node:inspector'))`).catch(() => {})
      }
    }
  } catch (error) {
    throw refused(`leakguard cannot be loaded into process ${pid}: ${/** @type {Error} */ (error).message}`)
  } finally {
    socket?.close()
  }
}

module.exports = { enter }
