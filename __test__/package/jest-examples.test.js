'use strict'
// @ts-check
// The test files that the documentation shows for Jest: each passes.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { root, runNode, tempFolder } = require('../support/child.js')

const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js')
const config = JSON.stringify({ transform: {}, watchman: false, haste: { enableSymlinks: false } })
const pages = ['README.md', ...fs.readdirSync(path.join(root, 'docs')).map((name) => `docs/${name}`)]

for (const page of pages.filter((name) => name.endsWith('.md'))) {
  const markdown = fs.readFileSync(path.join(root, page), 'utf8')
  for (const found of markdown.matchAll(/^```js jest\n([\s\S]*?)^```$/gm)) {
    const line = markdown.slice(0, found.index).split('\n').length
    test(`the one in ${page}, line ${line}`, async (t) => {
      const cwd = tempFolder(t, { 'example.test.js': found[1] })
      const ended = await runNode([jest, '--config', config, '--rootDir', cwd, '--ci'], { cwd, timeoutMs: 120_000 })
      assert.equal(ended.code, 0, ended.stderr)
      assert.match(ended.stderr, /Tests: +1 passed/)
    })
  }
}
