'use strict'
// @ts-check
// The page as a file: made from its sources, allowed nothing but its own script and style, data that no tag ends.

const assert = require('node:assert/strict')
const { spawnSync } = require('node:child_process')
const { createHash } = require('node:crypto')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { LeakReport } = require('leakguard')
const page = require('../../lib/report/format/page.js')
const { pageHash } = require('../../scripts/pictures.js')
const { hostile, sample } = require('./sample.js')

const root = path.join(__dirname, '../..')

/** @param {string} html @param {RegExp} block */
const inside = (html, block) => block.exec(html)?.[1] ?? ''

test('the committed page is what its sources make', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['scripts/page.js', '--check'], {
    cwd: root,
    encoding: 'utf8'
  })
  assert.equal(status, 0, stdout + stderr)
})

test('the pictures in docs/ are of this page: npm run pictures', () => {
  const { page: of, files } = require('../../docs/pictures.json')
  assert.equal(of, pageHash())
  for (const file of files) {
    const picture = fs.readFileSync(path.join(root, file))
    assert.equal(picture.subarray(1, 4).toString(), 'PNG')
    assert.ok(picture.length < 150_000, `${file}: ${picture.length} bytes`)
  }
})

test('the policy allows this script and this style, and nothing else', () => {
  const html = LeakReport.from(sample()).render('html')
  const policy = inside(html, /http-equiv="Content-Security-Policy" content="([^"]*)"/)
  const hash = (/** @type {string} */ text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
  assert.equal(
    policy,
    `default-src 'none'; script-src ${hash(inside(html, /<script>([\s\S]*?)<\/script>/))}; style-src ${hash(inside(html, /<style>([\s\S]*?)<\/style>/))}; img-src data:; base-uri 'none'; form-action 'none'`
  )
  assert.doesNotMatch(html, /unsafe|<link(?! rel="icon" href="data:,")|\ssrc=|@import/)
})

test('neither script nor style can be ended early, and both stay small', () => {
  for (const text of [page.script, page.style]) assert.doesNotMatch(text, /<\/|<!--/)
  assert.doesNotMatch(page.script, /\beval\(|new Function|innerHTML=|document\.write/)
  assert.doesNotMatch(page.style, /url\(/)
  assert.ok(page.script.length + page.style.length < 120_000)
})

test('names of the program stand in data that no tag ends, and in text', () => {
  const report = LeakReport.from(hostile())
  const html = report.render('html')
  const data = inside(html, /<script type="application\/json" id="report">([\s\S]*?)<\/script>/)
  const { cwd, ...json } = JSON.parse(data)
  assert.deepEqual(json, JSON.parse(JSON.stringify(report)))
  assert.doesNotMatch(data, /[<>\u2028\u2029]/)
  const noscript = inside(html, /<noscript><pre>([\s\S]*?)<\/pre><\/noscript>/)
  assert.doesNotMatch(noscript, /[<>]/)
  assert.equal(html.match(/<script/g)?.length, 2)
  assert.ok(cwd)
})
