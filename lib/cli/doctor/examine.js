// @ts-check
// The checks of `leakguard doctor`, each on its own: one that cannot be made says so and ends no other.

'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { addon } = require('../../base/addon.js')
const { messageOf } = require('../../base/entry.js')
const { size } = require('../../base/text.js')

/**
 * @typedef {object} Check
 * @property {string} name
 * @property {'works' | 'limited' | 'missing'} state
 * @property {string} detail
 * @property {string} [advice] what would change it
 * @property {boolean} [isNeeded] without it leakguard does not run
 */
/** @typedef {Record<string, string | undefined>} Env */

const NODE_MIN = 20
/** Every other major is supported long: what is tested. */
const NODE_TESTED = [20, 22, 24, 26]

/** @param {Env} env @returns {Promise<Check[]>} */
async function examine(env) {
  const checks = [node, binding, collection, inspector, inlineCapture, forkCapture, cgroup, allocator, permission]
  /** @type {Check[]} */
  const found = []
  for (const check of checks) {
    try {
      found.push(await check(env))
    } catch (error) {
      found.push({ name: check.name, state: 'missing', detail: messageOf(error) })
    }
  }
  return found
}

/** The library, when it is asked for: loading it is one of the checks. @returns {typeof import('../../../index.js')} */
const leakguard = () => require('../../../index.js')

/** @returns {Check} */
function node() {
  const { node: version, v8 } = process.versions
  const major = Number(version.split('.')[0])
  const detail = `Node.js ${version}, V8 ${v8}`
  const name = 'Node.js'
  if (major < NODE_MIN)
    return { name, state: 'missing', isNeeded: true, detail, advice: `leakguard needs ${NODE_MIN} or later` }
  if (NODE_TESTED.includes(major)) return { name, state: 'works', isNeeded: true, detail }
  return { name, state: 'limited', isNeeded: true, detail, advice: `tested on ${NODE_TESTED.join(', ')}` }
}

/** The C library, as binaries for Linux are built for one. */
function libc() {
  const header = /** @type {any} */ (process.report?.getReport())?.header
  return header?.glibcVersionRuntime ? `glibc ${header.glibcVersionRuntime}` : 'musl'
}

/** The package with the binary for this platform. */
function binaryPackage() {
  const abi = { linux: libc() === 'musl' ? '-musl' : '-gnu', win32: '-msvc' }[String(process.platform)] ?? ''
  return `leakguard-${process.platform}-${process.arch}${abi}`
}

/** Whether it is installed beside ours. @param {string} name */
function isInstalled(name) {
  try {
    return Boolean(require.resolve(`${name}/package.json`))
  } catch {
    return false
  }
}

/** @returns {Check} */
function binding() {
  const name = 'native binary'
  const target = [process.platform, process.arch, process.platform === 'linux' ? libc() : ''].filter(Boolean).join(' ')
  try {
    leakguard().analyzeTrend([])
    return { name, state: 'works', isNeeded: true, detail: `loads, for ${target}` }
  } catch (error) {
    const wanted = binaryPackage()
    const isMissing = /** @type {any} */ (error)?.code === 'ERR_LEAKGUARD_NO_BINARY' && !isInstalled(wanted)
    const detail = `${target}: ${isMissing ? `the package ${wanted} is missing` : messageOf(error)}`
    if (!isMissing) return { name, state: 'missing', isNeeded: true, detail }
    /** @type {{ version: string, optionalDependencies?: Record<string, string> }} */
    const { version, optionalDependencies = {} } = require('../../../package.json')
    const known = Object.keys(optionalDependencies)
    const advice =
      known.length === 0 || known.includes(wanted)
        ? `npm install ${wanted}@${version}, or npm install --include=optional, on this platform; in a checkout: npm run build`
        : 'there is no such package: leakguard has none for this platform'
    return { name, state: 'missing', isNeeded: true, detail, advice }
  }
}

/** @returns {Check} */
function collection() {
  const name = 'garbage collection'
  if (typeof globalThis.gc === 'function') return { name, state: 'works', detail: 'through --expose-gc' }
  try {
    require('../../base/clock.js').exposeGc()()
    return { name, state: 'works', detail: 'can be forced without a flag' }
  } catch (error) {
    return { name, state: 'missing', detail: messageOf(error), advice: 'run node with --expose-gc' }
  }
}

/** @returns {Check} */
function inspector() {
  const name = 'inspector'
  try {
    const session = new (require('node:inspector').Session)()
    session.connect()
    session.disconnect()
    return { name, state: 'works', detail: 'a session connects: measurements count objects by class' }
  } catch (error) {
    return {
      name,
      state: 'limited',
      detail: messageOf(error),
      advice: 'measurements see only memory, handles and descriptors'
    }
  }
}

/** @returns {Promise<Check>} */
async function inlineCapture() {
  const name = 'heap capture'
  try {
    const graph = await leakguard().captureHeap({ mode: 'inline', eager: false })
    const { nodeCount, selfBytes, capture } = graph
    graph.dispose()
    const detail = `${size(selfBytes)} in ${nodeCount.toLocaleString('en')} nodes, paused for ${Math.round(capture?.pauseMs ?? 0)} ms`
    return { name, state: 'works', detail }
  } catch (error) {
    return { name, state: 'missing', detail: messageOf(error) }
  }
}

/** Tried, not guessed: what refuses says why. @returns {Promise<Check>} */
async function forkCapture() {
  const name = 'forked capture'
  if (process.platform !== 'linux') return { name, state: 'missing', detail: `Linux only; this is ${process.platform}` }
  try {
    const graph = await leakguard().captureHeap({ mode: 'fork', eager: false })
    const { capture } = graph
    graph.dispose()
    return { name, state: 'works', detail: `paused for ${Math.round(capture?.pauseMs ?? 0)} ms` }
  } catch (error) {
    const { code } = /** @type {NodeJS.ErrnoException} */ (error)
    const advice = code === 'ERR_LEAKGUARD_NO_FORK' ? "captures use mode 'inline' instead" : undefined
    return { name, state: 'missing', detail: messageOf(error), ...(advice ? { advice } : {}) }
  }
}

/** @param {string} file */
function readOr(file) {
  try {
    return fs.readFileSync(file, 'utf8').trim()
  } catch {
    return ''
  }
}

/** The control group of this process, and the limit of the one around it that has the least left, in bytes. */
function memoryLimit() {
  const lines = readOr('/proc/self/cgroup').split('\n')
  const v2 = lines.find((line) => line.startsWith('0::'))?.slice(3)
  const isFirst = lines.some((line) => /^\d+:(?:[^:]*,)?memory[,:]/.test(line))
  const group = readOr(path.posix.join('/sys/fs/cgroup', v2 ?? '/', 'memory.oom.group'))
  return { version: isFirst ? 1 : v2 ? 2 : 0, limit: addon().groupMemory()?.limit, killsAll: group === '1' }
}

/** @returns {Check} */
function cgroup() {
  const name = 'memory limit'
  const total = `${size(os.totalmem())} of memory`
  if (process.platform !== 'linux')
    return { name, state: 'works', detail: `${total}; no cgroups on ${process.platform}` }
  const { version, limit, killsAll } = memoryLimit()
  const heap = size(require('node:v8').getHeapStatistics().heap_size_limit)
  if (version === 0)
    return { name, state: 'limited', detail: `${total}, no readable cgroup; V8's heap limit is ${heap}` }
  if (limit === undefined)
    return { name, state: 'works', detail: `cgroup v${version} without a limit, ${total}; V8's heap limit is ${heap}` }
  const detail = `cgroup v${version}, ${size(limit)}; V8's heap limit is ${heap}`
  if (!killsAll) return { name, state: 'works', detail }
  return {
    name,
    state: 'limited',
    detail,
    advice: 'memory.oom.group is set: a capture that runs out of memory ends the whole container'
  }
}

/** @param {Env} env @returns {Check} */
function allocator(env) {
  const name = 'allocator'
  if (process.platform !== 'linux')
    return { name, state: 'limited', detail: `that of ${process.platform}; its usage cannot be read` }
  const other = /\b(jemalloc|tcmalloc|mimalloc)\b/.exec(readOr('/proc/self/maps'))?.[1]
  if (other)
    return {
      name,
      state: 'limited',
      detail: `${other} is loaded`,
      advice: 'its usage cannot be read: native leaks show only in rss'
    }
  const which = libc()
  const version = Number(/glibc \d+\.(\d+)/.exec(which)?.[1] ?? 0)
  if (version < 33)
    return {
      name,
      state: 'limited',
      detail: which,
      advice: 'its usage cannot be read (glibc 2.33 or later is needed): native leaks show only in rss'
    }
  const arenas = env.MALLOC_ARENA_MAX ? `, MALLOC_ARENA_MAX=${env.MALLOC_ARENA_MAX}` : ''
  return { name, state: 'works', detail: `${which}${arenas}: native leaks can be told from fragmentation` }
}

/** @returns {Check} */
function permission() {
  const isOn = /** @type {any} */ (process).permission !== undefined
  if (!isOn) return { name: 'permission model', state: 'works', detail: 'off' }
  return {
    name: 'permission model',
    state: 'limited',
    detail: 'on',
    advice: 'source maps and package.json are read only where --allow-fs-read allows it'
  }
}

module.exports = { examine }
