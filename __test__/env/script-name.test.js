'use strict'
// @ts-check
// What a script is called in findings: content of URLs is not part of it. The same names as in src/snapshot/urls.rs.

const assert = require('node:assert/strict')
const { test } = require('node:test')
const { scriptName } = require('../../lib/base/script-name.js')
const { runNode, tempFolder } = require('../support/child.js')

/** @type {[string, string][]} */
const NAMES = [
  ["data:text/javascript,const a='tok_1'", 'data:text/javascript,…'],
  ['data:text/javascript;base64,AAAA', 'data:text/javascript,…'],
  ['DATA:,tok_1', 'DATA:,…'],
  ['data:tok_1', 'data:…'],
  ['data:tok 1,x', 'data:…'],
  ['blob:nodedata:7c1c', 'blob:…'],
  ['javascript:alert(1)', 'javascript:…'],
  ['file:///srv/a.mjs?token=1', 'file:///srv/a.mjs?…'],
  ['file:///srv/a.mjs#tok', 'file:///srv/a.mjs?…'],
  ['https://u:p@host:80/a.js?t=1', 'https://host:80/a.js?…'],
  ['https://u:p@host/a.js', 'https://host/a.js'],
  ['node:fs', 'node:fs'],
  ['webpack://app/./src/a.js', 'webpack://app/./src/a.js'],
  ['/srv/what?/a#b.js', '/srv/what?/a#b.js'],
  ['C:\\srv\\a.js', 'C:\\srv\\a.js'],
  ['evalmachine.<anonymous>', 'evalmachine.<anonymous>']
]
for (const [name, shown] of NAMES)
  test(`${name} is called ${shown}`, () => {
    assert.equal(scriptName(name), shown)
    assert.equal(scriptName(shown), shown)
  })

test('a name longer than any path is cut', () => assert.equal(scriptName(`/${'a/'.repeat(1e6)}`).length, 4096))

test('a finding in a data: module names it without its text, one in a module with a query without that', async (t) => {
  const folder = tempFolder(t, {
    'asked.mjs': 'export const go = () => setInterval(() => {}, 1e8).unref()',
    'app.mjs': `import leakguard from 'leakguard'
leakguard.start({ minGrowthMs: 2000, memory: { sampleMs: 100 } })
const code = "const token = 'tok_live'; export const go = () => setInterval(() => token, 1e8).unref()"
const { go } = await import('data:text/javascript,' + encodeURIComponent(code))
const asked = await import('./asked.mjs?token=tok_live')
const end = performance.now() + 2500
while (performance.now() < end) {
  go()
  asked.go()
  await new Promise((resolve) => setTimeout(resolve, 5))
}
console.log(JSON.stringify(leakguard.check()))
process.exit()`
  })
  const { stdout, stderr } = await runNode(['app.mjs'], { cwd: folder })
  assert.match(stdout, /"file":"data:text\/javascript,…"/, stderr)
  assert.match(stdout, /asked\.mjs"/)
  assert.doesNotMatch(stdout, /tok_live/)
})
