// @ts-check
// Files that are whole or not there: written aside, for their owner alone, and renamed. Knows no format.
'use strict'

const { randomBytes } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')

/** @param {string} file */
const nameAside = (file) => `${file}.${randomBytes(6).toString('hex')}.partial`

/** @param {string} target @param {string} text @returns {Promise<string>} the absolute path */
async function writeAside(target, text) {
  const file = path.resolve(target)
  const aside = nameAside(file)
  try {
    await fs.promises.writeFile(aside, text, { mode: 0o600, flag: 'wx' })
    await fs.promises.rename(aside, file)
  } catch (error) {
    await fs.promises.rm(aside, { force: true })
    throw error
  }
  return file
}

/** The same where nothing can be waited for. @param {string} target @param {string} text @returns {string} */
function writeAsideSync(target, text) {
  const file = path.resolve(target)
  const aside = nameAside(file)
  try {
    fs.writeFileSync(aside, text, { mode: 0o600, flag: 'wx' })
    fs.renameSync(aside, file)
  } catch (error) {
    fs.rmSync(aside, { force: true })
    throw error
  }
  return file
}

module.exports = { writeAside, writeAsideSync }
