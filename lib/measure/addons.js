// @ts-check
// Native addons of the program and the line that loads each: the nearest that can be said of memory that no object
// shows. Reads the module cache and sources, nothing else.
'use strict'

const fs = require('node:fs')
const module_ = require('node:module')
const path = require('node:path')

/** @typedef {{ addon: string, by?: { file: string, line: number, column: number } }} Addon */

/** @returns {Addon[]} */
function loadedAddons() {
  const cache = /** @type {Record<string, NodeJS.Module | undefined>} */ (/** @type {any} */ (module_)._cache ?? {})
  const addons = Object.keys(cache).filter((file) => file.endsWith('.node') && !/leakguard[^/\\]*\.node$/.test(file))
  return addons.map((addon) => ({ addon, by: loaderOf(cache, addon) }))
}

/** The module outside of the addon's own folder that required it, and where. @param {Record<string, NodeJS.Module | undefined>} cache @param {string} addon */
function loaderOf(cache, addon) {
  const parent = Object.values(cache).find((one) => one?.children.some(({ filename }) => filename === addon))
  if (!parent) return
  return { file: parent.filename, ...lineOf(parent.filename, path.basename(addon)) }
}

/** Where a file names another one; its first line where it does not. @param {string} file @param {string} name */
function lineOf(file, name) {
  try {
    const lines = fs.readFileSync(file, 'utf8').split('\n')
    const at = lines.findIndex((line) => line.includes(name) || (line.includes('require(') && /\.node['"`]/.test(line)))
    if (at >= 0) return { line: at + 1, column: 1 }
  } catch {}
  return { line: 1, column: 1 }
}

module.exports = { loadedAddons }
