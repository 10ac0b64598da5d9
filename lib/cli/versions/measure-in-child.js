// @ts-check
// In a process of its own: loads one version of what is measured and the operation, and sends the report to its parent.
'use strict'

const Module = require('node:module')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { measureLeaks } = require('../../../index.js')

/** `isPackage`: the subject is a package's name, and what the operation imports by it. @typedef {{ op: string, subject?: string, isPackage?: boolean, folder: string, budgetMs?: number }} Order */

/** Of a module the default export, if it has one. @param {string} file @returns {Promise<any>} */
async function load(file) {
  const loaded = await import(pathToFileURL(file).href)
  return loaded.default ?? loaded
}

/** Whoever imports the package gets the version in this folder. @param {string} name @param {string} folder */
function supply(name, folder) {
  const parent = path.join(folder, 'package.json')
  const isOfIt = (/** @type {string} */ request) => request === name || request.startsWith(`${name}/`)
  const { _resolveFilename: resolve } = /** @type {any} */ (Module)
  const inFolder = { id: parent, filename: parent, paths: /** @type {any} */ (Module)._nodeModulePaths(folder) }
  /** @this {any} */
  const replaced = function (/** @type {string} */ request, /** @type {any} */ from, /** @type {any[]} */ ...rest) {
    const isInside = from?.filename?.startsWith(folder)
    return resolve.call(this, request, isOfIt(request) && !isInside ? inFolder : from, ...rest)
  }
  Object.assign(Module, { _resolveFilename: replaced })
  // ES modules, where Node lets it be done in the thread itself.
  const { registerHooks } = /** @type {any} */ (Module)
  if (!registerHooks) return
  registerHooks({
    resolve: (/** @type {string} */ request, /** @type {any} */ context, /** @type {any} */ next) =>
      next(request, isOfIt(request) ? { ...context, parentURL: pathToFileURL(parent).href } : context)
  })
}

/** @param {Order} order */
async function measured({ op: file, subject: name, isPackage, folder, budgetMs }) {
  process.chdir(folder)
  if (name && isPackage) supply(name, folder)
  const resolved = name && Module.createRequire(path.join(folder, 'package.json')).resolve(name)
  const subject = resolved && (await load(resolved))
  if (isPackage && file.endsWith('.mjs') && !(/** @type {any} */ (Module).registerHooks)) {
    throw new TypeError(
      `${file} is an ES module, whose imports cannot be led to a version here: use Node 22.15 or later, or require()`
    )
  }
  const loaded = await load(file)
  const op = typeof loaded === 'function' ? loaded : loaded.op
  if (typeof op !== 'function') throw new TypeError(`${file} exports no function: export the operation`)
  const given = typeof loaded.setup === 'function' ? await loaded.setup(subject) : subject
  return measureLeaks(() => op(given), budgetMs === undefined ? {} : { budgetMs })
}

/** @param {Record<string, unknown>} leakguard */
const answer = (leakguard) => process.send?.({ leakguard }, () => process.exit())

// Whoever asked is gone.
process.once('disconnect', () => process.exit())

process.once('message', (order) => {
  measured(/** @type {Order} */ (order)).then(
    (report) => answer({ report: JSON.stringify(report) }),
    (error) => answer({ error: error instanceof Error ? String(error.stack) : String(error) })
  )
})
