'use strict'
// @ts-check
// Knows as much of an npm registry as `install` and `publish` ask of one: on this machine only, filled from archives.
// Must not know any other registry: what it does not hold is a 404.

const { createHash } = require('node:crypto')
const http = require('node:http')
const { gunzipSync, gzipSync } = require('node:zlib')

/** Older than any waiting time that package managers keep before they take a new version. */
const PUBLISHED = '2020-01-01T00:00:00.000Z'

/** @typedef {{ manifest: Record<string, any>, archive: Buffer }} Entry */

/** @param {Buffer} archive of `npm pack` @returns {Record<string, any>} its package.json */
function manifestOf(archive) {
  const tar = gunzipSync(archive)
  for (let at = 0; at + 512 <= tar.length; ) {
    const name = tar.toString('utf8', at, at + 100).split('\0')[0]
    const size = Number.parseInt(tar.toString('latin1', at + 124, at + 136), 8) || 0
    if (name === 'package/package.json') return JSON.parse(tar.toString('utf8', at + 512, at + 512 + size))
    at += 512 + Math.ceil(size / 512) * 512
  }
  throw new Error('the archive has no package/package.json')
}

/** @param {Record<string, any>} manifest @returns {Buffer} an archive with nothing else in it */
function archiveOf(manifest) {
  const text = Buffer.from(JSON.stringify(manifest))
  const header = Buffer.alloc(512)
  const octal = (/** @type {number} */ number, /** @type {number} */ digits) =>
    `${number.toString(8).padStart(digits, '0')}\0`
  header.write('package/package.json', 0)
  header.write(octal(0o644, 7), 100)
  header.write(octal(0, 7), 108)
  header.write(octal(0, 7), 116)
  header.write(octal(text.length, 11), 124)
  header.write(octal(0, 11), 136)
  header.write('        0', 148)
  header.write('ustar\x0000', 257)
  const sum = header.reduce((all, byte) => all + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  const padding = Buffer.alloc((512 - (text.length % 512)) % 512)
  return gzipSync(Buffer.concat([header, text, padding, Buffer.alloc(1024)]))
}

/**
 * @typedef {object} Registry
 * @property {string} url
 * @property {string[]} asked packages whose archives were wanted
 * @property {string[]} published in this order
 * @property {(manifest: Record<string, any>) => void} announce makes a package known of which there is no more than its manifest
 * @property {() => Promise<unknown>} close
 */

/** @returns {Promise<Registry>} */
async function openRegistry() {
  /** @type {Map<string, Entry>} */
  const entries = new Map()
  /** @type {string[]} */
  const asked = []
  /** @type {string[]} */
  const published = []

  /** @param {Entry} entry @param {string} url */
  function document({ manifest, archive }, url) {
    const { name, version } = manifest
    const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`
    const shasum = createHash('sha1').update(archive).digest('hex')
    const dist = { tarball: `${url}/${name}/-/${name}-${version}.tgz`, integrity, shasum }
    const time = { created: PUBLISHED, modified: PUBLISHED, [version]: PUBLISHED }
    return { name, 'dist-tags': { latest: version }, versions: { [version]: { ...manifest, dist } }, time }
  }

  /** @param {http.IncomingMessage} request */
  async function publish(request) {
    let text = ''
    for await (const part of request.setEncoding('utf8')) text += part
    const { _attachments: attachments, versions } = JSON.parse(text)
    const [manifest] = /** @type {any[]} */ (Object.values(versions))
    const [{ data }] = /** @type {any[]} */ (Object.values(attachments))
    published.push(manifest.name)
    entries.set(manifest.name, { manifest, archive: Buffer.from(data, 'base64') })
  }

  const server = http.createServer(async (request, response) => {
    const url = `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`
    const [name, dash] = decodeURIComponent(new URL(request.url ?? '/', url).pathname.slice(1)).split('/')
    const entry = entries.get(name)
    const json = (/** @type {number} */ status, /** @type {unknown} */ value) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value))
    if (request.method === 'PUT') {
      await publish(request)
      return json(201, { ok: true })
    }
    if (!entry) return json(404, { error: 'not found' })
    if (dash !== '-') return json(200, document(entry, url))
    asked.push(name)
    return response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(entry.archive)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
  const close = () =>
    new Promise((resolve) => {
      server.close(resolve)
      server.closeAllConnections()
    })
  const announce = (/** @type {Record<string, any>} */ manifest) => {
    if (!entries.has(manifest.name)) entries.set(manifest.name, { manifest, archive: archiveOf(manifest) })
  }
  return { url: `http://127.0.0.1:${/** @type {any} */ (server.address()).port}`, asked, published, announce, close }
}

module.exports = { openRegistry, manifestOf }
