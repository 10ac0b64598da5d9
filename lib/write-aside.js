// @ts-check
// Files that are whole or not there: written aside, for their owner alone, and renamed. Knows no format.
'use strict'

const fs = require('node:fs')
const path = require('node:path')

/** @param {string} file */
function nameAside(file) {
  // Loaded by the first write: it takes a megabyte, and a guard may never write.
  const { randomBytes } = require('node:crypto')
  return `${file}.${randomBytes(6).toString('hex')}.partial`
}

/**
 * @param {string} target @param {(handle: import('node:fs/promises').FileHandle) => Promise<void>} fill
 * @returns {Promise<string>} the absolute path
 */
async function fillAside(target, fill) {
  const file = path.resolve(target)
  const aside = nameAside(file)
  const handle = await fs.promises.open(aside, 'wx', 0o600)
  try {
    await fill(handle)
    await handle.close()
    await fs.promises.rename(aside, file)
  } catch (error) {
    await handle.close().catch(() => {})
    await fs.promises.rm(aside, { force: true })
    throw error
  }
  return file
}

/** @param {string} target @param {string} text */
const writeAside = (target, text) => fillAside(target, (handle) => handle.writeFile(text))

/**
 * The same where nothing can be waited for; `mode` for what is not for its owner alone.
 * @param {string} target @param {string} text @param {number} [mode] @returns {string}
 */
function writeAsideSync(target, text, mode = 0o600) {
  const file = path.resolve(target)
  const aside = nameAside(file)
  try {
    fs.writeFileSync(aside, text, { mode, flag: 'wx' })
    fs.renameSync(aside, file)
  } catch (error) {
    fs.rmSync(aside, { force: true })
    throw error
  }
  return file
}

module.exports = { fillAside, writeAside, writeAsideSync }
