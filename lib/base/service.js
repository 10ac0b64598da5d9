// @ts-check
// Which service this process is of, in which version and pod: as OpenTelemetry's variables say it, Kubernetes, npm, or the
// package of the program. Knows names of variables; of what they hold besides nothing is read.
'use strict'

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { cut } = require('./cut.js')

/** @typedef {{ name?: string, version?: string, pod?: string, pid?: number }} Service */

/** Longer values are cut: they are labels. */
const VALUE_MAX = 128
/** Folders above the program in which its package is looked for. */
const FOLDERS_MAX = 32
/** What nobody names a service by: a value with a character of these is an address, or has a password in it. */
const NOT_A_NAME = /[\s?&=#"'`\\]|:\/\/|.@/

/** @param {unknown} value */
const known = (value) =>
  typeof value === 'string' && value !== '' && !NOT_A_NAME.test(value) ? cut(value, VALUE_MAX) : undefined

/** `key=value,key=value`, percent-encoded: those that are asked for by their key. @param {string | undefined} text */
function resourceOf(text = '') {
  /** @type {Map<string, string>} */
  const found = new Map()
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=')
    if (at < 0) continue
    try {
      found.set(pair.slice(0, at).trim(), decodeURIComponent(pair.slice(at + 1).trim()))
    } catch {
      // not encoded as it ought to be: as if it were not there
    }
  }
  return found
}

/** Name and version of the package that a program is of. @param {string | undefined} program @returns {{ name?: string, version?: string }} */
function packageOf(program) {
  if (!program) return {}
  let folder = path.dirname(program)
  for (let at = 0; at < FOLDERS_MAX; at++) {
    try {
      const { name, version } = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8'))
      if (typeof name === 'string' || typeof version === 'string') return { name, version }
    } catch {
      // none here, or not to be read
    }
    const above = path.dirname(folder)
    if (above === folder) break
    folder = above
  }
  return {}
}

/**
 * @param {Record<string, string | undefined>} env @param {{ program?: string, hostname?: () => string, pid?: number }} of
 * @returns {Service}
 */
function serviceOf(env, { program, hostname = os.hostname, pid }) {
  const resource = resourceOf(env.OTEL_RESOURCE_ATTRIBUTES)
  let found = /** @type {{ name?: string, version?: string } | undefined} */ (undefined)
  const ofPackage = () => (found ??= packageOf(program))
  const name = known(env.OTEL_SERVICE_NAME) ?? known(resource.get('service.name'))
  const version = known(resource.get('service.version'))
  const pod = known(resource.get('k8s.pod.name')) ?? known(resource.get('service.instance.id')) ?? known(env.POD_NAME)
  const all = {
    name: name ?? known(ofPackage().name) ?? known(env.npm_package_name),
    version: version ?? known(ofPackage().version) ?? known(env.npm_package_version),
    pod: pod ?? known(env.HOSTNAME) ?? known(hostname()),
    pid
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined))
}

/** @type {Service | undefined} */
let ours

/** That of this process, read once. @returns {Service} */
function service() {
  ours ??= Object.freeze(serviceOf(process.env, { program: process.argv[1], pid: process.pid }))
  return ours
}

module.exports = { service, serviceOf }
