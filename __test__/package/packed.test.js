'use strict'
// @ts-check
// The packages as they would be published: complete, typed for both module systems, one for each platform.
// Must not install anything: scripts/install-test.js does.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { neededGlibc, compareVersions } = require('../../scripts/lib/elf.js')
const { checkBinary, GLIBC_MAX } = require('../../scripts/lib/portable.js')
const { ownPlatform, platforms } = require('../../scripts/lib/platforms.js')
const { manifestOf } = require('../../scripts/lib/registry.js')
const { mainManifest, platformManifest, stageMain } = require('../../scripts/lib/staging.js')
const { billOfMaterials, thirdPartyLicences } = require('../../scripts/lib/notices.js')
const { pack } = require('../../scripts/pack.js')

const root = path.resolve(__dirname, '..', '..')
/** @type {string} */
let folder
/** @type {string} */
let archive

before(() => {
  folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-packed-'))
  archive = path.join(folder, pack(stageMain(path.join(folder, 'main')), folder).filename)
})
after(() => fs.rmSync(folder, { recursive: true, force: true }))

/** @param {string} script below node_modules @param {string[]} args */
function runTool(script, args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [path.join(root, 'node_modules', script), ...args], {
    cwd: folder,
    encoding: 'utf8'
  })
  return { status, output: stdout + stderr }
}

describe('the main package', () => {
  test('has no scripts, no dependencies, and every platform at its own version', () => {
    const manifest = manifestOf(fs.readFileSync(archive))
    assert.deepEqual(
      [manifest.scripts, manifest.dependencies, manifest.devDependencies],
      [undefined, undefined, undefined]
    )
    const wanted = platforms().map(({ packageName }) => [packageName, manifest.version])
    assert.equal(wanted.length, 8)
    assert.deepEqual(Object.entries(manifest.optionalDependencies), wanted)
  })

  test('holds every file that its exports name, and no binary', () => {
    const all = fs.readdirSync(path.join(folder, 'main'), { recursive: true }).map(String)
    assert.deepEqual(
      all.filter((name) => name.endsWith('.node')),
      []
    )
    for (const file of filesOf(mainManifest().exports)) assert.ok(all.includes(path.normalize(file)), file)
  })

  test('names types before code in every entry', () => {
    for (const [entry, target] of Object.entries(mainManifest().exports)) {
      if (entry.endsWith('.json')) continue
      for (const conditions of innermost(target)) assert.equal(Object.keys(conditions)[0], 'types', entry)
    }
  })

  test('has types that fit in CommonJS, ECMAScript modules and bundlers, says attw', () => {
    // Not TypeScript's old resolution, which knows no `exports` and is gone from TypeScript 7; and what is for a runner
    // that is ECMAScript modules only may be one.
    const rules = ['--profile', 'node16', '--ignore-rules', 'cjs-resolves-to-esm']
    const { status, output } = runTool('@arethetypeswrong/cli/dist/index.js', [archive, '--format', 'ascii', ...rules])
    assert.equal(status, 0, output)
  })

  test('has nothing that publint minds', () => {
    const { status, output } = runTool('publint/src/cli.js', [archive, '--strict'])
    assert.equal(status, 0, output)
    assert.match(output, /All good/)
  })

  test('has a loader that looks for every platform', () => {
    const loader = fs.readFileSync(path.join(root, 'native.js'), 'utf8')
    for (const { packageName, binary } of platforms()) {
      assert.ok(loader.includes(`require('${packageName}')`), packageName)
      assert.ok(loader.includes(`require('./${binary}')`), binary)
    }
  })
})

/** @param {unknown} target @returns {string[]} */
const filesOf = (target) =>
  typeof target === 'string' ? [target] : Object.values(/** @type {object} */ (target)).flatMap(filesOf)

/** Objects that name files: `{ types, default }`. @param {any} target @returns {Record<string, string>[]} */
function innermost(target) {
  if (typeof target === 'string') return [{ default: target }]
  const nested = Object.values(target).filter((value) => typeof value === 'object')
  return nested.length > 0 ? nested.flatMap(innermost) : [target]
}

describe('the package of a platform', () => {
  test('is for one system, processor and C library', () => {
    const found = platforms().map((platform) => platformManifest(platform))
    const places = found.map(({ os: system, cpu, libc }) => [system, cpu, libc].join(' '))
    assert.deepEqual(places.sort(), [
      'darwin arm64 ',
      'darwin x64 ',
      'linux arm64 glibc',
      'linux arm64 musl',
      'linux x64 glibc',
      'linux x64 musl',
      'win32 arm64 ',
      'win32 x64 '
    ])
    for (const { main, files } of found) assert.ok(files.includes(main))
  })

  test('is found for this machine', () => {
    const own = ownPlatform()
    assert.ok(own && fs.existsSync(path.join(root, own.binary)), JSON.stringify(own))
  })

  test('lists the code of others in it, with licences', () => {
    const platform = platforms()[0]
    const bill = billOfMaterials(platform, '1.2.3')
    assert.ok(bill.components.length > 5)
    for (const { name, licenses } of bill.components) assert.ok(licenses?.[0].expression, name)
    assert.ok(!bill.components.some(({ name }) => name === 'serde_json'), 'what only tests use is not in the binary')
    const text = thirdPartyLicences(platform)
    for (const { name } of bill.components.slice(0, -1)) assert.ok(text.includes(`## ${name} `), name)
  })
})

describe('the oldest glibc that a binary needs', {
  skip: process.platform !== 'linux' && 'there is glibc on Linux only'
}, () => {
  test(`is ${GLIBC_MAX} or older for Node itself, which is where the limit comes from`, () => {
    const needed = neededGlibc(fs.readFileSync(process.execPath))
    assert.ok(compareVersions(needed, '2.0') > 0 && compareVersions(needed, GLIBC_MAX) <= 0, needed)
  })

  test('is looked at before packing', (t) => {
    const own = ownPlatform()
    const plain = own && fs.readFileSync(path.join(root, own.binary))
    if (!own || !plain || own.libc !== 'glibc') return t.skip('no glibc here')
    // The everyday build asks for the glibc of the machine that built it.
    if (compareVersions(neededGlibc(plain), GLIBC_MAX) <= 0) return t.skip('this machine is old enough')
    assert.throws(() => checkBinary(own, plain), /needs glibc 2\.\d+; Node needs 2\.28/)
  })

  test('compares numbers, not text', () => {
    assert.deepEqual(['2.4', '2.28', '2.2.5', '2.17'].sort(compareVersions), ['2.2.5', '2.4', '2.17', '2.28'])
  })
})

describe('publishing', () => {
  /** @param {string[]} args */
  const publish = (args) =>
    spawnSync(process.execPath, [path.join(root, 'scripts', 'publish.js'), ...args], { encoding: 'utf8' })

  test('of the folder itself is refused', () => {
    const { status, stderr } = publish(['--refuse'])
    assert.equal(status, 1)
    assert.match(stderr, /published by the release workflow/)
  })

  test('without all platforms is refused before anything is published', () => {
    const { status, stdout, stderr } = publish([folder])
    assert.notEqual(status, 0)
    assert.doesNotMatch(stdout, /publishing/)
    assert.match(stderr, /not packed: leakguard-linux-x64-gnu/)
  })
})
