// @ts-check
// The only file that loads the addon; says plainly what to do where it cannot be.
'use strict'

const { LeakguardError } = require('./errors.js')

const NO_ADDONS = 'the permission model forbids native addons: start Node with --allow-addons'

/** @param {string} reason */
const unsupported = (reason) => new LeakguardError('ERR_LEAKGUARD_UNSUPPORTED', `leakguard cannot run here: ${reason}`)

/** Why an addon cannot work in this runtime at all, or undefined. */
function refusal() {
  const versions = /** @type {Record<string, string | undefined>} */ (process.versions)
  if (versions.bun) return "Bun's event, timer and heap internals differ; leakguard needs Node.js 20 or later"
  if (versions.deno) return "Deno's event, timer and heap internals differ; leakguard needs Node.js 20 or later"
  const permission = /** @type {any} */ (process).permission
  // Node 20 knows the flag, but not this name for it: there the loader tells.
  if (permission && !permission.has('addon') && !process.versions.node.startsWith('20.')) return NO_ADDONS
  const startup = /** @type {any} */ (require('node:v8')).startupSnapshot
  if (startup?.isBuildingSnapshot?.()) {
    return 'a native addon cannot be part of a startup snapshot: require leakguard after deserialisation'
  }
  const [major] = process.versions.node.split('.').map(Number)
  if (major < 20) return `Node.js ${process.versions.node} is too old; leakguard needs 20 or later`
}

/** Messages and codes of an error and of what caused it: the loader tries several places. @param {any} error @returns {string} */
function causes(error) {
  const own = `${error?.code ?? ''} ${error?.message ?? ''}`
  const others = Array.isArray(error?.cause) ? error.cause : error?.cause ? [error.cause] : []
  return [own, ...others.map(causes)].join(' ')
}

/** @returns {typeof import('../../native.js')} */
function load() {
  const reason = refusal()
  if (reason) throw unsupported(reason)
  try {
    return require('../../native.js')
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    if (/ERR_DLOPEN_DISABLED|loading addons is disabled/.test(causes(error))) throw unsupported(NO_ADDONS)
    throw new LeakguardError(
      'ERR_LEAKGUARD_NO_BINARY',
      `leakguard has no working native binary for ${process.platform}-${process.arch}` +
        ` (Node ${process.versions.node}). Reinstall with optional dependencies enabled (npm install --include=optional),` +
        ` on the platform where the program runs; in a checkout run 'npm run build'. Cause: ${text}`,
      { cause: error }
    )
  }
}

module.exports = load()
