'use strict'
// @ts-check
// Blocks of the documentation that are TypeScript: what they import exists and is used as its types say. They may be
// parts of a test file, so names that are not ours may be missing.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { root, runNode, tempFolder } = require('../support/child.js')

const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const compilerOptions = {
  noEmit: true,
  strict: true,
  skipLibCheck: true,
  target: 'es2022',
  // Without a browser's names: `open` is the reader's own function.
  lib: ['es2023'],
  module: 'nodenext',
  types: ['node'],
  typeRoots: [path.join(root, 'node_modules', '@types')]
}
/** Names of the test file around them, and runners that are not installed. */
const isOfOthers = (/** @type {string} */ line) =>
  /error TS(2304|2582|2593)\b|error TS2307: .*'(?!leakguard)/.test(line)

/** @param {import('node:test').TestContext} t @param {string[]} texts @returns {Promise<string[]>} errors */
async function errorsIn(t, texts) {
  const names = texts.map((_, index) => `example${index}.mts`)
  const sources = Object.fromEntries(names.map((name, index) => [name, `${texts[index]}\nexport {}\n`]))
  const project = JSON.stringify({ compilerOptions, files: names })
  const cwd = tempFolder(t, { ...sources, 'tsconfig.json': project })
  const { stdout } = await runNode([tsc, '--project', cwd, '--pretty', 'false'], { cwd })
  return stdout.split('\n').filter((line) => line.includes('error TS') && !isOfOthers(line))
}

test('TypeScript blocks are right', async (t) => {
  const pages = ['README.md', ...fs.readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)]
  const texts = pages
    .filter((name) => name.endsWith('.md'))
    .map((name) => fs.readFileSync(path.join(root, name), 'utf8'))
    .flatMap((markdown) => [...markdown.matchAll(/^```ts\n([\s\S]*?)^```$/gm)].map((found) => found[1]))
  if (texts.length === 0) return t.skip('there are none')
  assert.deepEqual(await errorsIn(t, texts), [])
})

test('a wrong one would be noticed, a part of a test file not', async (t) => {
  const found = await errorsIn(t, [
    "import { begin } from 'leakguard'",
    "import { start } from 'leakguard'\nstart({ callSites: 1 })",
    "import 'leakguard/nowhere'",
    "import { it } from 'mocha'\ntest('a', () => expect(login()).toBe(1))"
  ])
  assert.deepEqual(
    found.map((line) => line.replace(/\(.*/, '')),
    ['example0.mts', 'example1.mts', 'example2.mts']
  )
})
