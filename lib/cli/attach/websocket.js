// @ts-check
// As much of RFC 6455 as Node's inspector needs: text to and from a server on this machine. Node 20 has no client of its own.
'use strict'

const { createHash, randomBytes } = require('node:crypto')
const http = require('node:http')

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'
const [CONTINUED, TEXT, CLOSE, PING, PONG] = [0, 1, 8, 9, 10]
/** Of one message. */
const BYTES_MAX = 64e6

class WebSocketClient {
  /** @param {import('node:net').Socket} socket @param {Buffer} head what has come already */
  constructor(socket, head) {
    this.socket = socket
    this.rest = head
    /** Parts of a message. @type {Buffer[]} */
    this.parts = []
    this.onText = (/** @type {string} */ _text) => {}
    this.onEnd = () => {}
    socket.on('data', (bytes) => this.take(bytes))
    socket.on('close', () => this.onEnd())
    socket.on('error', () => socket.destroy())
  }

  /** @param {string} url @param {number} timeoutMs @returns {Promise<WebSocketClient>} */
  static connect(url, timeoutMs) {
    const { hostname, port, pathname } = new URL(url)
    const key = randomBytes(16).toString('base64')
    return new Promise((resolve, reject) => {
      const request = http.get({
        host: hostname,
        port,
        path: pathname,
        agent: false,
        timeout: timeoutMs,
        headers: {
          connection: 'Upgrade',
          upgrade: 'websocket',
          'sec-websocket-version': '13',
          'sec-websocket-key': key
        }
      })
      request.on('upgrade', ({ headers }, socket, head) => {
        const wanted = createHash('sha1')
          .update(key + GUID)
          .digest('base64')
        if (headers['sec-websocket-accept'] === wanted) {
          socket.setTimeout(0)
          return resolve(new WebSocketClient(/** @type {any} */ (socket), head))
        }
        socket.destroy()
        reject(new Error('it does not speak WebSocket'))
      })
      request.on('response', (response) => {
        response.resume()
        reject(new Error(`it answers with ${response.statusCode}`))
      })
      request.on('timeout', () => request.destroy(new Error('it does not answer')))
      request.on('error', reject)
    })
  }

  /** @param {Buffer} bytes */
  take(bytes) {
    this.rest = Buffer.concat([this.rest, bytes])
    for (let frame = frameOf(this.rest); frame; frame = frameOf(this.rest)) {
      this.rest = this.rest.subarray(frame.end)
      this.frame(frame)
    }
    if (this.rest.length > BYTES_MAX) this.socket.destroy()
  }

  /** @param {{ opcode: number, isLast: boolean, payload: Buffer }} frame */
  frame({ opcode, isLast, payload }) {
    if (opcode === PING) this.write(PONG, payload)
    if (opcode === CLOSE) this.close()
    if (opcode !== TEXT && opcode !== CONTINUED) return
    this.parts.push(payload)
    if (!isLast) return
    const text = Buffer.concat(this.parts.splice(0)).toString()
    this.onText(text)
  }

  /** @param {string} text */
  send(text) {
    this.write(TEXT, Buffer.from(text))
  }

  /** What a client sends is masked. @param {number} opcode @param {Buffer} payload */
  write(opcode, payload) {
    const { length } = payload
    const size = length < 126 ? 0 : length < 65_536 ? 2 : 8
    const head = Buffer.alloc(2 + size)
    head[0] = 0x80 | opcode
    head[1] = 0x80 | (size === 0 ? length : size === 2 ? 126 : 127)
    if (size === 2) head.writeUInt16BE(length, 2)
    if (size === 8) head.writeBigUInt64BE(BigInt(length), 2)
    const mask = randomBytes(4)
    const masked = payload.map((byte, at) => byte ^ mask[at % 4])
    this.socket.write(Buffer.concat([head, mask, masked]))
  }

  close() {
    if (!this.socket.writableEnded) this.write(CLOSE, Buffer.alloc(0))
    this.socket.end()
  }
}

/** The first frame, if it is whole. @param {Buffer} bytes */
function frameOf(bytes) {
  if (bytes.length < 2) return
  const short = bytes[1] & 0x7f
  const size = short < 126 ? 0 : short === 126 ? 2 : 8
  if (bytes.length < 2 + size) return
  const length = size === 0 ? short : size === 2 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2))
  const end = 2 + size + length
  if (bytes.length < end) return
  return { opcode: bytes[0] & 0x0f, isLast: (bytes[0] & 0x80) !== 0, payload: bytes.subarray(2 + size, end), end }
}

/** @typedef {InstanceType<typeof WebSocketClient>} WebSocketLike */

module.exports = { WebSocketClient }
