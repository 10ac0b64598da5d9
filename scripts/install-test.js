'use strict'
// @ts-check
// Knows what "installed like any package" means: what a person does with the packed files, with every package manager
// and Node, without a compiler and without a network. Must not know the repository's own tests.
//
//   npm run test:install [-- DIR [PART]]   DIR: packed archives (npm run pack:local -- DIR); without it they are made
//                                          first. PART: only package managers with that in their name

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { root, run, runAside, say, secondsSince } = require('./lib/exec.js')
const { npmScript, packageManagers } = require('./lib/managers.js')
const { ownPlatform, platforms } = require('./lib/platforms.js')
const { openRegistry } = require('./lib/registry.js')
const { mainManifest, platformManifest } = require('./lib/staging.js')
const { nodeBinaries } = require('./nodes.js')

const programs = path.join(root, '__test__', 'package', 'app')
const dependency = (/** @type {string} */ script) => path.join(root, 'node_modules', script)
const timeoutMs = 120_000

/** @typedef {{ home: string, env: NodeJS.ProcessEnv, registry: Awaited<ReturnType<typeof openRegistry>> }} Place */
/** @typedef {{ what: string, fault: string | undefined }} Outcome */

/** Runs `node args…`; the registry lives in this process, so nothing here may block. @returns {Promise<Outcome>} */
async function ran(
  /** @type {string} */ what,
  /** @type {string} */ node,
  /** @type {string[]} */ args,
  /** @type {{ cwd: string, env: NodeJS.ProcessEnv }} */ { cwd, env }
) {
  const { code, output, timedOut } = await runAside(node, args, { cwd, env, timeoutMs })
  return { what, fault: code === 0 ? undefined : `${timedOut ? 'timed out\n' : ''}${output}` }
}

/** An environment that holds nothing of this machine: an empty home, and no cargo on the PATH. @param {string} home */
function emptyEnvironment(home) {
  const bin = path.join(home, 'bin')
  fs.mkdirSync(bin)
  fs.symlinkSync(process.execPath, path.join(bin, 'node'))
  const foreign = /^(npm_|NODE_|CARGO|RUST|PNPM_|YARN_|LEAKGUARD_|JEST_)/i
  const kept = Object.entries(process.env).filter(([name]) => !foreign.test(name))
  const env = { ...Object.fromEntries(kept), HOME: home, PATH: [bin, '/usr/bin', '/bin'].join(path.delimiter) }
  if (!run('cargo', ['--version'], { env, capture: true }).missing) say('note: there is a cargo in /usr/bin or /bin')
  return env
}

/** Publishes the archives as the release does, and makes the other platforms known, with packages that are empty. */
async function fill(/** @type {Place} */ { home, env, registry }, /** @type {string} */ folder) {
  const token = `--//${new URL(registry.url).host}/:_authToken=none`
  const flags = ['--registry', registry.url, token, '--access', 'public', '--cache', path.join(home, 'npm')]
  const script = path.join(root, 'scripts', 'publish.js')
  const done = await ran('publish', process.execPath, [script, folder, '--partial', '--', ...flags], {
    cwd: home,
    env: { ...env, npm_execpath: npmScript }
  })
  if (done.fault !== undefined) throw new Error(`publishing to the local registry failed\n${done.fault}`)
  for (const platform of platforms()) registry.announce(platformManifest(platform))
}

/** @param {string} home @param {string} name */
function newApp(home, name) {
  const cwd = path.join(home, name.replace(/[^\w.]+/g, '-'))
  fs.cpSync(programs, cwd, { recursive: true })
  fs.writeFileSync(path.join(cwd, 'package.json'), '{ "name": "app", "version": "1.0.0", "private": true }\n')
  return cwd
}

/** @param {import('./lib/managers.js').Manager} manager @param {Place} place @returns {Promise<Outcome[]>} */
async function tryManager(manager, { home, env: given, registry }) {
  // Measurements take seconds, and are the same wherever the package lies.
  const env = manager === packageManagers()[0] ? { ...given, APP_THOROUGH: '1' } : given
  const cwd = newApp(home, manager.name)
  registry.asked.length = 0
  const args = manager.add('leakguard', { cwd, registry: registry.url })
  const startNs = process.hrtime.bigint()
  const done = await ran(`${manager.name}: install`, process.execPath, args, { cwd, env })
  if (done.fault !== undefined) return [done]
  const bytes = installedBytes(cwd)
  const size = bytes > 0 ? `, ${(bytes / 1e6).toFixed(2)} MB unpacked` : ''
  say(`\n${manager.name}: installed in ${secondsSince(startNs)}${size}`)

  const own = ownPlatform()
  const others = platforms().filter(({ name }) => name !== own?.name)
  const fetched = others.filter(({ packageName }) => registry.asked.includes(packageName))
  if (fetched.length > 0) say(`  note: it fetches the packages of ${fetched.length} other platforms, too`)
  /** @param {import('./lib/platforms.js').Platform} one */
  const isAccepted = (one) => manager.ignoresLibc === true && one.os === own?.os && one.cpu === own?.cpu
  const strange = others
    .filter((one) => !isAccepted(one) && fs.existsSync(path.join(cwd, 'node_modules', one.packageName)))
    .map(({ name }) => name)
  const results = [
    done,
    { what: `${manager.name}: installs no other platform`, fault: strange.join(', ') || undefined }
  ]
  const isPnp = manager.nodeFlags.length > 0
  if (!isPnp) results.push(...(await typesIn(cwd, env, manager.name)))
  for (const { version, file } of nodes()) {
    const all = programsOf(manager.nodeFlags, isPnp).map(({ name, args: rest }) =>
      ran(`${manager.name}, Node ${version}: ${name}`, file, rest, { cwd, env: { ...env, PATH: pathWith(file, env) } })
    )
    const ended = await Promise.all(all)
    say(
      `  Node ${version}: ${ended.map(({ what, fault }) => `${what.split(': ')[1]} ${fault === undefined ? 'ok' : 'FAILED'}`).join(', ')}`
    )
    results.push(...ended)
  }
  return results
}

/** Programs that look for `node` find the one that runs them. @param {string} node @param {NodeJS.ProcessEnv} env */
const pathWith = (node, env) => [path.dirname(node), env.PATH].join(path.delimiter)

/** @returns {{ version: string, file: string }[]} */
function nodes() {
  const found = nodeBinaries()
  return found.length > 0 ? found : [{ version: process.version, file: process.execPath }]
}

/** @param {string[]} flags @param {boolean} isPnp @returns {{ name: string, args: string[] }[]} */
function programsOf(flags, isPnp) {
  const config = JSON.stringify({ transform: {}, watchman: false, haste: { enableSymlinks: false } })
  const jest = [dependency('jest/bin/jest.js'), '--config', config, '--rootDir', '.', '--runInBand', '--ci']
  return [
    { name: 'CommonJS', args: [...flags, 'main.cjs'] },
    { name: 'ESM', args: [...flags, 'main.mjs'] },
    { name: 'register', args: [...flags, '--import', 'leakguard/register', 'registered.cjs'] },
    // Jest and tsc look for folders, and Plug'n'Play has none.
    ...(isPnp ? [] : [{ name: 'Jest', args: jest }])
  ]
}

/** @param {string} cwd @param {NodeJS.ProcessEnv} env @param {string} name @returns {Promise<Outcome[]>} */
async function typesIn(cwd, env, name) {
  const settings = { noEmit: true, strict: true, target: 'es2022', types: ['node'], typeRoots: [dependency('@types')] }
  fs.writeFileSync(path.join(cwd, 'entries.mts'), everyEntry())
  const results = []
  for (const [module, files, skipLibCheck] of /** @type {[string, string[], boolean][]} */ ([
    ['node20', ['types.mts', 'types.cts'], false],
    ['nodenext', ['types.mts', 'types.cts'], false],
    // Types of entries for test runners name those of the runner, which is not installed here.
    ['nodenext', ['entries.mts'], true]
  ])) {
    const project = path.join(cwd, `tsconfig.${files.length}.json`)
    fs.writeFileSync(project, JSON.stringify({ compilerOptions: { ...settings, module, skipLibCheck }, files }))
    const args = [dependency('typescript/bin/tsc'), '--project', project]
    const what = `${name}: TypeScript, module ${module}, ${files.join(' and ')}`
    results.push(await ran(what, process.execPath, args, { cwd, env }))
  }
  say(`  TypeScript: ${results.every(({ fault }) => fault === undefined) ? 'ok' : 'FAILED'}`)
  return results
}

/** A program that imports every entry which is code. */
function everyEntry() {
  const entries = Object.keys(mainManifest().exports).filter((entry) => !entry.endsWith('.json'))
  const lines = entries.map((entry, index) => `import * as entry${index} from 'leakguard${entry.slice(1)}'`)
  return `${lines.join('\n')}\nexport default [${entries.map((_, index) => `entry${index}`).join(', ')}]\n`
}

/** @param {string} cwd @returns {number} bytes of our packages in node_modules; 0 where there is none */
function installedBytes(cwd) {
  const modules = path.join(cwd, 'node_modules')
  const inStore = path.join(modules, '.pnpm')
  const names = ['leakguard', String(ownPlatform()?.packageName)]
  const folders = names.flatMap((name) => {
    const stored = fs.existsSync(inStore) ? fs.readdirSync(inStore).filter((entry) => entry.startsWith(`${name}@`)) : []
    const places = [path.join(modules, name), ...stored.map((entry) => path.join(inStore, entry, 'node_modules', name))]
    return places.filter((place) => fs.existsSync(place)).map((place) => fs.realpathSync(place))
  })
  const sizes = [...new Set(folders)].flatMap((folder) =>
    fs
      .readdirSync(folder, { recursive: true })
      .map((name) => fs.statSync(path.join(folder, String(name))))
      .map((stat) => (stat.isFile() ? stat.size : 0))
  )
  return sizes.reduce((sum, size) => sum + size, 0)
}

/** @param {Place} place @returns {Promise<Outcome[]>} */
async function withoutBinary({ home, env, registry }) {
  const [manager] = packageManagers()
  const cwd = newApp(home, 'without-binary')
  const args = [...manager.add('leakguard', { cwd, registry: registry.url }), '--omit=optional']
  const done = await ran('without optional packages: install', process.execPath, args, { cwd, env })
  if (done.fault !== undefined) return [done]
  return [
    done,
    await ran('without optional packages: says what to do', process.execPath, ['without-binary.cjs'], { cwd, env })
  ]
}

async function main() {
  if (process.platform === 'win32') throw new Error('this test is for Linux and macOS')
  const home = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-install-')))
  try {
    let packed = process.argv[2]
    if (!packed) {
      packed = path.join(home, 'packed')
      const { code } = run(process.execPath, ['scripts/pack.js', packed])
      if (code !== 0) throw new Error('nothing was packed')
    }
    const managers = packageManagers().filter(({ name }) => name.includes(process.argv[3] ?? ''))
    const place = { home, env: emptyEnvironment(home), registry: await openRegistry() }
    await fill(place, path.resolve(packed))
    const results = []
    for (const manager of managers) results.push(...(await tryManager(manager, place)))
    results.push(...(await withoutBinary(place)))
    await place.registry.close()
    const failed = results.filter(({ fault }) => fault !== undefined)
    for (const { what, fault } of failed) say(`\nFAILED ${what}\n${fault}`)
    say(`\n${results.length - failed.length} passed, ${failed.length} failed`)
    if (failed.length > 0 || results.length === 0) process.exitCode = 1
  } finally {
    fs.rmSync(home, { recursive: true, force: true, maxRetries: 3 })
  }
}

main()
