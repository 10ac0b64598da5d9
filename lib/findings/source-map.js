// @ts-check
// Turns V8's positions into those of the source a person wrote, from the files' own maps; reads files, knows no hooks.
// Source maps are not switched on for the process. Everything is cached by file, bounded.
'use strict'

const fs = require('node:fs')
const path = require('node:path')
const module_ = require('node:module')
const { fileURLToPath } = require('node:url')
const { scriptName } = require('../base/script-name.js')

/** Files remembered. */
const FILES_MAX = 256
/** Files larger than this are not searched for a map, in bytes. */
const SOURCE_BYTES_MAX = 32 * 1024 * 1024

/** @typedef {{ function: string, file: string, portable: string, line: number, column: number }} Place */

/** @type {Map<string, module_.SourceMap | null>} */
const maps = new Map()
/** @type {Map<string, string>} */
const packageRoots = new Map()

/** Which map has the content of a source, and as what. @type {Map<string, { file: string, source: string }>} */
const contents = new Map()

/** @template V @param {Map<string, V>} map @param {string} key @param {() => V} make @returns {V} */
function remembered(map, key, make) {
  let value = map.get(key)
  if (value === undefined && !map.has(key)) {
    value = make()
    if (map.size >= FILES_MAX) map.delete(/** @type {string} */ (map.keys().next().value))
    map.set(key, value)
  }
  return /** @type {V} */ (value)
}

/** @param {string} file */
const toPath = (file) => (file.startsWith('file:') ? fileURLToPath(file) : file)

/** A place of its own: `webpack://…` and the like are names, not paths. @param {string} source */
const isUrl = (source) => /^[a-z][a-z0-9+.-]+:/i.test(source)

/**
 * What a map calls its sources, as paths where they are paths.
 * @param {any} payload @param {string} folder of the map
 */
function resolved(payload, folder) {
  // What is no mapping is read as one by Node's parser.
  if (payload === null || typeof payload !== 'object' || /[^A-Za-z0-9+/,;]/.test(payload.mappings ?? '')) return
  if (!Array.isArray(payload.sources)) return payload
  const root = payload.sourceRoot ? `${String(payload.sourceRoot).replace(/\/$/, '')}/` : ''
  const absolute = (/** @type {string} */ source) => {
    const named = root + source
    if (named.startsWith('file:')) return toPath(named)
    return isUrl(named) ? named : path.resolve(folder, named)
  }
  return { ...payload, sources: payload.sources.map(absolute), sourceRoot: '' }
}

/** The payload of the last sourceMappingURL comment. @param {string} file @returns {any} */
function payloadOf(file) {
  if (fs.statSync(file).size > SOURCE_BYTES_MAX) return
  const text = fs.readFileSync(file, 'utf8')
  const at = Math.max(text.lastIndexOf('//# sourceMappingURL='), text.lastIndexOf('//@ sourceMappingURL='))
  if (at < 0) return
  const url = text.slice(at + 21).split(/[\s'"]/, 1)[0]
  const inline = /^data:application\/json[^,]*?(;base64)?,(.*)$/.exec(url)
  if (inline) {
    const json = inline[1] ? Buffer.from(inline[2], 'base64').toString('utf8') : decodeURIComponent(inline[2])
    return resolved(JSON.parse(json), path.dirname(file))
  }
  if (isUrl(url)) return // a map on some server is not ours to fetch
  const map = path.resolve(path.dirname(file), decodeURIComponent(url))
  return resolved(JSON.parse(fs.readFileSync(map, 'utf8')), path.dirname(map))
}

/** Asked for maps that are in no file: of what a test runner compiled. @type {((file: string) => object | undefined) | undefined} */
let compiled
/** @param {(file: string) => object | undefined} ask gives the payload of a map */
function askForMaps(ask) {
  compiled = ask
}

/** @param {string} file */
function mapOf(file) {
  return remembered(maps, file, () => {
    try {
      // What Node or a transpiler in this process registered knows best.
      const known = module_.findSourceMap(file)
      if (known) return known
      const payload = resolved(compiled?.(file), path.dirname(file)) ?? payloadOf(file)
      return payload ? new module_.SourceMap(payload) : null
    } catch {
      return null // a broken map is no map
    }
  })
}

/** False too where the permission model forbids to look. @param {string} file */
function isThere(file) {
  try {
    return fs.existsSync(file)
  } catch {
    return false
  }
}

/** The nearest folder upwards that has a package.json, or the file's own. @param {string} folder */
function packageRoot(folder) {
  return remembered(packageRoots, folder, () => {
    for (let at = folder; ; at = path.dirname(at)) {
      if (isThere(path.join(at, 'package.json'))) return at
      if (path.dirname(at) === at) return folder
    }
  })
}

/** The path that is the same on every machine. @param {string} file */
function portable(file) {
  const slashed = file.replaceAll('\\', '/')
  const inModules = slashed.lastIndexOf('/node_modules/')
  if (inModules >= 0) return slashed.slice(inModules + '/node_modules/'.length)
  if (!path.isAbsolute(file)) return slashed
  return path.relative(packageRoot(path.dirname(file)), file).replaceAll('\\', '/')
}

/**
 * The place in the source that a person wrote; the same place where there is no map. Positions are 1-based.
 * @param {Place} place
 * @returns {Place}
 */
function mapPlace(place) {
  let file = place.file
  try {
    file = toPath(file)
  } catch {}
  /** @type {any} */
  const entry = path.isAbsolute(file) ? mapOf(file)?.findEntry(place.line - 1, place.column - 1) : undefined
  if (typeof entry?.originalSource !== 'string') {
    const name = scriptName(file)
    return { ...place, file: name, portable: portable(name) }
  }
  let source = entry.originalSource
  try {
    if (source.startsWith('file:')) source = toPath(source)
    else if (!isUrl(source)) source = path.resolve(path.dirname(file), source)
  } catch {}
  // A dependency that does not ship its sources: what can be opened is its code.
  if (file.includes(`${path.sep}node_modules${path.sep}`) && path.isAbsolute(source) && !isThere(source)) {
    return { ...place, file, portable: portable(file) }
  }
  source = scriptName(source)
  remembered(contents, source, () => ({ file, source: entry.originalSource }))
  const line = entry.originalLine + 1
  const column = entry.originalColumn + 1
  return { function: place.function, file: source, portable: portable(source), line, column }
}

/** The source that a place was mapped to, where its map has it. @param {string} mapped as `mapPlace` named it @returns {string | undefined} */
function contentOf(mapped) {
  const known = contents.get(mapped)
  const payload = known && mapOf(known.file)?.payload
  const at = payload?.sources?.indexOf(known?.source ?? '') ?? -1
  const content = /** @type {any} */ (payload)?.sourcesContent?.[at]
  return typeof content === 'string' ? content : undefined
}

/** The frames of a call site's key, see call-site.js, source-mapped. @param {string} key @returns {Place[]} */
function framesOf(key) {
  return key.split('\n').flatMap((line) => {
    const [name, file, row, column] = line.split('\t')
    return file ? [mapPlace({ function: name, file, portable: '', line: Number(row), column: Number(column) })] : []
  })
}

module.exports = { askForMaps, contentOf, framesOf, mapPlace }
