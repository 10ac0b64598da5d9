// @ts-check
// Preloaded before leakguard: lets calls that leave leakguard's own code fail, one function at a time. Which there are it finds
// out by itself, from who calls what. Must not touch what the program calls, nor know what a failure should lead to.
'use strict'

const path = require('node:path')
const { isMainThread } = require('node:worker_threads')

const root = path.resolve(__dirname, '..', '..')
const OURS = [path.join(root, 'lib', path.sep), path.join(root, 'register.js')]
/** Hands on what the program calls: the call is the program's. */
const HANDS_ON = path.join(root, 'lib', 'hooks', path.sep)
const HANDED_ON = /^(?:fs|fs\.promises)\.(?:open|openSync|createReadStream|createWriteStream|watch|watchFile)$/

/** @typedef {{ name: string, kind: string, isLate: boolean, count: number | null }} Fault so many calls of `name`, or all; only those after the start */
/** @type {{ faults: Fault[], log?: string }} */
const wanted = JSON.parse(process.env.FAULTS ?? '{"faults":[]}')
const faults = new Map(wanted.faults.map((fault) => [fault.name, fault]))
/** Calls by leakguard, by name. @type {Record<string, number>} */
const calls = {}
/** Failures that were had, by name. @type {Record<string, number>} */
const failed = {}
let isHeld = true

const { captureStackTrace } = Error
const { apply, construct } = Reflect

/** @param {Function} above */
function callerOf(above) {
  const { prepareStackTrace, stackTraceLimit } = Error
  Error.stackTraceLimit = 1
  Error.prepareStackTrace = (_, sites) => sites[0]?.getFileName() ?? ''
  const holder = /** @type {any} */ ({})
  captureStackTrace(holder, above)
  const file = holder.stack
  Error.prepareStackTrace = prepareStackTrace
  Error.stackTraceLimit = stackTraceLimit
  return String(file)
}

/** @param {string} name @param {Function} above @returns {string | undefined} what is to become of this call */
function fate(name, above) {
  const file = callerOf(above)
  if (!OURS.some((place) => file.startsWith(place))) return
  if (HANDED_ON.test(name) && file.startsWith(HANDS_ON)) return
  if (name.startsWith('globalThis.') && file.startsWith(HANDS_ON) && !file.endsWith('hub.js')) return
  calls[name] = (calls[name] ?? 0) + 1
  const fault = faults.get(name)
  if (!fault || (fault.isLate && isHeld) || (failed[name] ?? 0) >= (fault.count ?? Infinity)) return
  failed[name] = (failed[name] ?? 0) + 1
  return fault.kind
}

/** @param {string} kind @param {string} name @returns {any} */
function fail(kind, name) {
  if (kind === 'nothing') return undefined
  const error = Object.assign(new Error(`${kind}: made to fail, ${name}`), { code: kind })
  if (name.startsWith('fs.promises.')) return Promise.reject(error)
  throw error
}

/** @param {string} name @param {Function} original */
function failing(name, original) {
  const traps = {
    apply(/** @type {any} */ target, /** @type {any} */ self, /** @type {any[]} */ args) {
      const kind = fate(name, traps.apply)
      return kind ? fail(kind, name) : apply(target, self, args)
    },
    construct(/** @type {any} */ target, /** @type {any[]} */ args, /** @type {any} */ newTarget) {
      const kind = fate(name, traps.construct)
      if (kind) return fail(kind === 'nothing' ? 'EINVAL' : kind, name)
      return construct(target, args, newTarget)
    }
  }
  return new Proxy(original, traps)
}

/** @param {string} prefix @param {any} object @param {RegExp} [without] */
function wrapAll(prefix, object, without) {
  for (const key of Object.keys(object)) {
    const descriptor = Object.getOwnPropertyDescriptor(object, key)
    if (typeof descriptor?.value !== 'function' || !descriptor.writable || without?.test(key)) continue
    object[key] = failing(prefix + key, descriptor.value)
  }
}

const fs = require('node:fs')
wrapAll('fs.', fs, /^(?:[A-Z]|_)/)
wrapAll('fs.promises.', fs.promises)
wrapAll('v8.', require('node:v8'), /^[A-Z]/)
wrapAll('os.', require('node:os'))
wrapAll('vm.', require('node:vm'), /^[A-Z]/)
wrapAll('module.', require('node:module'), /^(?:[A-Z_]|createRequire|runMain|wrap)/)
wrapAll('diagnostics_channel.', require('node:diagnostics_channel'), /^[A-Z]/)
wrapAll('crypto.', require('node:crypto'), /^[A-Z]/)
wrapAll('process.', process, /^(?:binding|dlopen|reallyExit|_|exit$|abort|kill$)/)
for (const key of /** @type {const} */ (['on', 'off'])) process[key] = failing(`process.${key}`, process[key])
{
  const { performance } = require('node:perf_hooks')
  for (const key of ['now', 'eventLoopUtilization']) {
    const original = /** @type {any} */ (performance)[key]
    Object.defineProperty(performance, key, { value: failing(`performance.${key}`, original), configurable: true })
  }
  const hooks = /** @type {any} */ (require('node:perf_hooks'))
  hooks.PerformanceObserver = failing('perf_hooks.PerformanceObserver', hooks.PerformanceObserver)
}
const globals = /** @type {any} */ (globalThis)
for (const name of ['setInterval', 'clearInterval', 'WeakRef', 'FinalizationRegistry'])
  globals[name] = failing(`globalThis.${name}`, globals[name])
{
  const native = /** @type {any} */ (require('../../lib/base/native.js'))
  for (const name of Object.keys(native)) {
    if (typeof native[name] !== 'function') continue
    const { prototype } = native[name]
    for (const method of Object.getOwnPropertyNames(prototype ?? {})) {
      if (method === 'constructor' || typeof prototype[method] !== 'function') continue
      prototype[method] = failing(`native.${name}#${method}`, prototype[method])
    }
    native[name] = failing(`native.${name}`, native[name])
  }
}

const { writeFileSync } = fs
/** The start is over. */
globals.releaseFaults = () => {
  isHeld = false
  const { log } = wanted
  // After leakguard's own work at the end.
  if (isMainThread && log) process.on('exit', () => writeFileSync(log, JSON.stringify({ calls, failed })))
}
