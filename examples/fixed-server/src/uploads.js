// @ts-check
// Photos of delivered parcels: each is written to a temporary file, the latest are kept to be looked at.

'use strict'

const { createHash, randomUUID } = require('node:crypto')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { pipeline } = require('node:stream')
const { promisify } = require('node:util')
const { HttpError, limited, sendJson } = require('./http.js')

const photoBytesMax = 256 * 1024
const photosMax = 20

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'parcel-photos-'))
const append = promisify(fs.appendFile)

/** @type {Map<string, { id: string, file: string }>} by digest, oldest first */
const photos = new Map()

/** @param {import('./http.js').Context} context */
async function acceptPhoto({ req, res }) {
  const { id, isNew } = await store(limited(req, photoBytesMax))
  sendJson(res, isNew ? 201 : 200, { id }, { location: `/photos/${id}` })
}

/** @param {import('./http.js').Context} context */
function sendPhoto({ res, params: [id] }) {
  const photo = [...photos.values()].find((kept) => kept.id === id)
  if (!photo) throw new HttpError(404, 'No such photo')
  res.writeHead(200, { 'content-type': 'application/octet-stream' })
  pipeline(fs.createReadStream(photo.file), res, () => {})
}

/** @param {AsyncIterable<Buffer>} body */
async function store(body) {
  const id = randomUUID()
  const file = path.join(folder, id)
  const fd = fs.openSync(file, 'wx')
  let digest
  try {
    digest = await writeAll(fd, body)
  } catch (error) {
    fs.closeSync(fd)
    fs.unlinkSync(file)
    throw error
  }

  const known = photos.get(digest)
  if (known) {
    // Drivers press the button twice: one copy will do.
    fs.closeSync(fd)
    fs.unlinkSync(file)
    return { id: known.id, isNew: false }
  }
  fs.closeSync(fd)
  keep(digest, { id, file })
  return { id, isNew: true }
}

/** @param {number} fd @param {AsyncIterable<Buffer>} body @returns {Promise<string>} the digest */
async function writeAll(fd, body) {
  const hash = createHash('sha256')
  for await (const chunk of body) {
    hash.update(chunk)
    await append(fd, chunk)
  }
  return hash.digest('hex')
}

/** @param {string} digest @param {{ id: string, file: string }} photo */
function keep(digest, photo) {
  photos.set(digest, photo)
  if (photos.size <= photosMax) return
  const [[oldestDigest, oldest]] = photos
  photos.delete(oldestDigest)
  fs.unlinkSync(oldest.file)
}

function removeAll() {
  fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
}

module.exports = { acceptPhoto, removeAll, sendPhoto }
