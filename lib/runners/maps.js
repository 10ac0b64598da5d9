// @ts-check
// Source maps of what a test runner compiled in memory: V8 knows the map that stands in each script, and a runner those
// that do not. Asks only when a report needs one; knows no runner.
'use strict'

const { fileURLToPath } = require('node:url')
const { askForMaps } = require('../findings/source-map.js')
const { Inspector } = require('../v8/inspector.js')

/** @param {string} url */
const toFile = (url) => {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : url
  } catch {
    return url
  }
}

/** The maps of all scripts that carry one, by file; of a file that was compiled anew the latest. @returns {Map<string, string>} */
function inlineMaps() {
  /** @type {Map<string, string>} */
  const found = new Map()
  const { inspector } = Inspector.open()
  if (!inspector) return found
  try {
    const scripts = inspector.during('Debugger.scriptParsed', () => {
      inspector.post('Debugger.enable')
      inspector.post('Debugger.disable')
    })
    for (const { url, sourceMapURL } of scripts)
      if (url && String(sourceMapURL).startsWith('data:')) found.set(toFile(url), sourceMapURL)
  } catch {
    // Not permitted: lines are those of the compiled code.
  } finally {
    inspector.close()
  }
  return found
}

/** @param {string} url */
function payloadOf(url) {
  const comma = url.indexOf(',')
  const text = url.slice(comma + 1)
  const isBase64 = /;base64$/i.test(url.slice(0, comma))
  return JSON.parse(isBase64 ? Buffer.from(text, 'base64').toString('utf8') : decodeURIComponent(text))
}

/**
 * Lines in reports are those a person wrote, from now on.
 * @param {(file: string) => object | undefined} [ask] a runner that keeps its maps to itself is asked first
 */
function mapCompiled(ask) {
  askForMaps((file) => {
    const known = ask?.(file)
    if (known) return known
    const url = inlineMaps().get(file)
    return url === undefined ? undefined : payloadOf(url)
  })
}

/** The map of a file that Vitest compiled: 5 keeps it beside the module, 4 puts it into the code. @param {string} file */
function mapOfVitest(file) {
  const { __vitest_worker__: worker } = /** @type {any} */ (globalThis)
  for (const { meta } of worker?.evaluatedModules?.fileToModulesMap?.get(file.replaceAll('\\', '/')) ?? [])
    if (typeof meta?.sourceMap === 'string' && meta.sourceMap !== '') return JSON.parse(meta.sourceMap)
}

module.exports = { mapCompiled, mapOfVitest }
