'use strict'
// @ts-check
// Knows how to list files of the repository and to hash them.
// Must not know why somebody wants that, nor start a program.

const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { root } = require('./exec.js')

/**
 * Every file below a folder of the repository, sorted, as paths from the root with `/`. Nothing where there is no such
 * folder. Never looks into node_modules.
 * @param {string} folder
 * @param {(file: string) => boolean} [wanted]
 * @returns {string[]}
 */
function listFiles(folder, wanted = () => true) {
  const found = []
  for (const entry of readFolder(path.join(root, folder))) {
    const file = `${folder}/${entry.name}`
    if (entry.isDirectory()) {
      if (entry.name !== 'node_modules') found.push(...listFiles(file, wanted))
    } else if (wanted(file)) found.push(file)
  }
  return found.sort()
}

/** @param {string} folder */
function readFolder(folder) {
  try {
    return fs.readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return []
    throw error
  }
}

/**
 * One hash over names and contents, and over whatever else decides about the result.
 * A file that is missing counts as such, so its appearance changes the hash.
 * @param {string[]} files
 * @param {string[]} [others]
 */
function hashFiles(files, others = []) {
  const hash = createHash('sha256')
  for (const text of others) hash.update(`${text}\0`)
  for (const file of files) {
    const content = readOr(file, null)
    hash.update(`${file}\0${content === null ? 'missing' : content.length}\0`)
    if (content !== null) hash.update(content)
  }
  return hash.digest('hex')
}

/**
 * @template T
 * @param {string} file path from the root
 * @param {T} fallback where there is no such file
 * @returns {Buffer | T}
 */
function readOr(file, fallback) {
  try {
    return fs.readFileSync(path.join(root, file))
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'ENOENT') return fallback
    throw error
  }
}

/** @param {string} file path from the root @param {string} text */
function writeText(file, text) {
  const target = path.join(root, file)
  fs.mkdirSync(path.dirname(target), { recursive: true })
  fs.writeFileSync(target, text)
}

module.exports = { listFiles, hashFiles, readOr, writeText }
