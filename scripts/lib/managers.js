'use strict'
// @ts-check
// Knows the package managers people install with, and how each is told to use one registry and nothing of this machine.
// Must not know what is installed.

const fs = require('node:fs')
const path = require('node:path')
const { npm, root } = require('./exec.js')

/** From npm, into .cache/managers: at these versions, so that a test means the same tomorrow. */
const VERSIONS = { npm: '11.19.1', pnpm: '10.34.6', yarn: '1.22.22', '@yarnpkg/cli-dist': '4.18.1' }
const folder = path.join(root, '.cache', 'managers')

/** @param {string} script */
const installed = (script) => path.join(folder, 'node_modules', script)
const npmScript = installed('npm/bin/npm-cli.js')

/**
 * @typedef {{ cwd: string, registry: string }} Where
 * @typedef {object} Manager
 * @property {string} name
 * @property {(name: string, where: Where) => string[]} add arguments for node that add a package to the application in
 *   `cwd`; writes what settings it needs there
 * @property {boolean} [ignoresLibc] installs what is for another C library, too; the loader chooses
 * @property {string[]} nodeFlags what node needs to find packages in that application
 */

/** @param {string} linker @returns {Manager['add']} */
const berry =
  (linker) =>
  (name, { cwd, registry }) => {
    const settings = {
      npmRegistryServer: registry,
      unsafeHttpWhitelist: ['127.0.0.1'],
      nodeLinker: linker,
      enableTelemetry: false,
      pnpEnableEsmLoader: true,
      enableGlobalCache: false,
      // On a build server yarn takes a new lock for a mistake.
      enableImmutableInstalls: false
    }
    fs.writeFileSync(path.join(cwd, '.yarnrc.yml'), JSON.stringify(settings))
    fs.writeFileSync(path.join(cwd, 'yarn.lock'), '')
    return [installed('@yarnpkg/cli-dist/bin/yarn.js'), 'add', name]
  }

/** @type {Manager[]} */
const managers = [
  {
    name: `npm ${VERSIONS.npm}`,
    add: (name, { cwd, registry }) => {
      const cache = ['--cache', path.join(cwd, '.cache'), '--no-audit', '--no-fund']
      return [npmScript, 'install', name, '--registry', registry, ...cache]
    },
    nodeFlags: []
  },
  {
    name: `pnpm ${VERSIONS.pnpm}`,
    add: (name, { cwd, registry }) => {
      const store = ['--store-dir', path.join(cwd, '.store'), `--config.cache-dir=${path.join(cwd, '.cache')}`]
      return [installed('pnpm/bin/pnpm.cjs'), 'add', name, '--registry', registry, ...store]
    },
    nodeFlags: []
  },
  {
    name: `yarn ${VERSIONS.yarn}`,
    ignoresLibc: true,
    add: (name, { cwd, registry }) => {
      const cache = ['--cache-folder', path.join(cwd, '.cache'), '--no-progress', '--non-interactive']
      return [installed('yarn/bin/yarn.js'), 'add', name, '--registry', registry, ...cache]
    },
    nodeFlags: []
  },
  { name: `yarn ${VERSIONS['@yarnpkg/cli-dist']} node_modules`, add: berry('node-modules'), nodeFlags: [] },
  {
    name: `yarn ${VERSIONS['@yarnpkg/cli-dist']} pnp`,
    add: berry('pnp'),
    nodeFlags: ['--no-warnings', '--require', './.pnp.cjs', '--loader', './.pnp.loader.mjs']
  }
]

/** Fetches them, once. @returns {Manager[]} */
function packageManagers() {
  const wanted = JSON.stringify({ private: true, dependencies: VERSIONS })
  const file = path.join(folder, 'package.json')
  if (fs.existsSync(npmScript) && fs.readFileSync(file, 'utf8') === wanted) return managers
  fs.rmSync(folder, { recursive: true, force: true })
  fs.mkdirSync(folder, { recursive: true })
  fs.writeFileSync(file, wanted)
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock', '--loglevel=error']
  const done = npm(['install', ...flags], { cwd: folder, capture: true })
  if (done.code === 0) return managers
  fs.rmSync(folder, { recursive: true, force: true })
  throw new Error(`the package managers could not be fetched\n${done.output}`)
}

module.exports = { packageManagers, npmScript }
