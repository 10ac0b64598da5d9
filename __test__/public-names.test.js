'use strict'
// @ts-check
// Keeps the public names equal in CommonJS, ESM and the types.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { pathToFileURL } = require('node:url')
const { maskSource } = require('./support/source.js')

const root = path.resolve(__dirname, '..')
const faces = ['index.js', 'index.mjs', 'index.d.ts'].map((name) => path.join(root, name))
const missing = faces.filter((file) => !fs.existsSync(file))

/** Names that a declaration file exports as values: not its types. @param {string} text */
function declaredValues(text) {
  const { code } = maskSource(text, 'js')
  const declared =
    /\bexport\s+(?:declare\s+)?(?:(?:async\s+)?function|(?:abstract\s+)?class|const(?!\s+enum)|let|var|enum)\s+([\w$]+)/g
  const names = [...code.matchAll(declared)].map((found) => found[1])
  for (const [, list] of code.matchAll(/\bexport\s*\{([^}]*)\}/g)) {
    const values = list.split(',').filter((name) => name.trim() && !/^\s*type\s/.test(name))
    names.push(
      ...values.map(
        (name) =>
          name
            .trim()
            .split(/\s+as\s+/)
            .at(-1) ?? ''
      )
    )
  }
  for (const [, file] of text.matchAll(/^export \* from '\.\/([\w-]+)\.js'$/gm))
    names.push(...declaredValues(fs.readFileSync(path.join(root, `${file}.d.ts`), 'utf8')))
  return [...new Set(names)].sort()
}

/** @param {object} module */
const namesOf = (module) =>
  Object.keys(module)
    .filter((name) => name !== 'default' && name !== 'module.exports')
    .sort()

test('index.js, index.mjs and index.d.ts export the same names', {
  skip: missing.length > 0 && 'no API yet'
}, async () => {
  const names = namesOf(require('../index.js'))
  assert.ok(names.length > 0)
  assert.deepEqual(namesOf(await import(pathToFileURL(faces[1]).href)), names)
  assert.deepEqual(declaredValues(fs.readFileSync(faces[2], 'utf8')), names)
})

test('both module systems give the same values', { skip: missing.length > 0 && 'no API yet' }, async () => {
  for (const entry of ['index', 'cache']) {
    const required = require(`../${entry}.js`)
    const imported = await import(pathToFileURL(path.join(root, `${entry}.mjs`)).href)
    for (const name of namesOf(required)) assert.equal(imported[name], required[name], name)
  }
})

test('leakguard/cache has caches and memoize, the same as leakguard, and loads nothing else', async () => {
  const { stdout } = spawnSync(
    process.execPath,
    ['-e', "require('leakguard/cache'); console.log(JSON.stringify(Object.keys(require.cache)))"],
    { cwd: root, encoding: 'utf8' }
  )
  const rooms = JSON.parse(stdout).map((/** @type {string} */ file) => path.relative(root, file).split(path.sep)[1])
  assert.deepEqual([...new Set(rooms)].filter(Boolean).sort(), ['base', 'cache', 'v8'])
  const cache = require('leakguard/cache')
  assert.deepEqual(namesOf(cache), ['WeakLruCache', 'memoize'])
  assert.deepEqual(declaredValues(fs.readFileSync(path.join(root, 'cache.d.ts'), 'utf8')), namesOf(cache))
  assert.deepEqual(namesOf(await import(pathToFileURL(path.join(root, 'cache.mjs')).href)), namesOf(cache))
  for (const name of namesOf(cache)) assert.equal(cache[name], require('leakguard')[name])
})

describe('reading a declaration file', () => {
  for (const [what, text, names] of [
    ['functions, overloads once', 'export function a(): void\nexport declare function a(x: 1): void', ['a']],
    ['classes', 'export class B {}\nexport declare abstract class C {}', ['B', 'C']],
    ['constants', 'export const version: string', ['version']],
    ['lists and new names', 'export { d, type E, f as g }', ['d', 'g']],
    ['no types', 'export interface I {}\nexport type T = 1\nexport type { U } from "./u"', []],
    ['no comments', '// export function x(): void\n/** export class Y {} */', []]
  ]) {
    test(String(what), () => assert.deepEqual(declaredValues(String(text)), names))
  }
})
