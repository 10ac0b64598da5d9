'use strict'
// @ts-check
// Knows what each package that is published looks like, as a folder: the main one, and one for each platform.
// Must not know how a binary is built, nor publish anything.

const fs = require('node:fs')
const path = require('node:path')
const { root } = require('./exec.js')
const { readOr } = require('./files.js')
const { platforms } = require('./platforms.js')
const { billOfMaterials, thirdPartyLicences } = require('./notices.js')

/** @returns {Record<string, any>} package.json as it is in the repository */
const manifest = () => JSON.parse(String(readOr('package.json', '{}')))

/** Provenance wants the address of the repository, which only the machine that publishes knows. */
function repository() {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: name } = process.env
  return server && name ? { repository: { type: 'git', url: `git+${server}/${name}.git` } } : {}
}

/**
 * The manifest of the main package: no scripts, no development dependencies; the platforms, each at this very version.
 * @returns {Record<string, any>}
 */
function mainManifest() {
  const { scripts: _, devDependencies: __, napi: ___, files, ...kept } = manifest()
  const optionalDependencies = Object.fromEntries(platforms().map(({ packageName }) => [packageName, kept.version]))
  return {
    ...kept,
    ...repository(),
    files: files.filter((/** @type {string} */ name) => !name.endsWith('.node')),
    optionalDependencies
  }
}

/** @param {import('./platforms.js').Platform} platform */
function platformManifest({ packageName, name, os, cpu, libc, binary }) {
  const { version, license, engines, keywords } = manifest()
  return {
    name: packageName,
    version,
    description: `The native binary of leakguard for ${name}; install leakguard instead`,
    keywords,
    license,
    ...repository(),
    main: binary,
    files: [binary, 'sbom.cdx.json', 'THIRD-PARTY-LICENCES.md'],
    engines,
    os: [os],
    cpu: [cpu],
    ...(libc ? { libc: [libc] } : {})
  }
}

/** @param {string} folder where the main package is laid out @returns {string} folder */
function stageMain(folder) {
  const wanted = mainManifest()
  const { name, version } = wanted
  for (const file of ['README.md', 'LICENSE', ...wanted.files]) copy(file, path.join(folder, file))
  writeJson(path.join(folder, 'package.json'), wanted)
  const loader = String(readOr('native.js', ''))
  if (!loader.includes(`expected ${version} but got`)) {
    throw new Error(`native.js was not made for ${name} ${version}: npm run build`)
  }
  return folder
}

/**
 * @param {string} folder
 * @param {import('./platforms.js').Platform} platform
 * @param {string} binary path of the addon
 */
function stagePlatform(folder, platform, binary) {
  const { version } = manifest()
  fs.mkdirSync(folder, { recursive: true })
  fs.copyFileSync(binary, path.join(folder, platform.binary))
  copy('LICENSE', path.join(folder, 'LICENSE'))
  writeJson(path.join(folder, 'package.json'), platformManifest(platform))
  writeJson(path.join(folder, 'sbom.cdx.json'), billOfMaterials(platform, version))
  fs.writeFileSync(path.join(folder, 'THIRD-PARTY-LICENCES.md'), thirdPartyLicences(platform))
  const text = `# ${platform.packageName}\n\nThe native binary of leakguard for \`${platform.target}\`. It comes with \`npm install leakguard\`.\n`
  fs.writeFileSync(path.join(folder, 'README.md'), text)
  return folder
}

/** @param {string} from path from the root @param {string} to */
function copy(from, to) {
  const ours = (/** @type {string} */ file) => !file.split(path.sep).includes('node_modules')
  fs.cpSync(path.join(root, from), to, { recursive: true, filter: (file) => ours(path.relative(root, file)) })
}

/** @param {string} file @param {unknown} value */
const writeJson = (file, value) => fs.writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)

module.exports = { manifest, mainManifest, platformManifest, stageMain, stagePlatform }
