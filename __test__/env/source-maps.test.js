// @ts-check
// Culprits in the source that a person wrote, by the files' own maps and without Node's --enable-source-maps.
'use strict'

const assert = require('node:assert/strict')
const { execFileSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { root, runForJson, tempFolder } = require('../support/child.js')

const LEAKS = fs.readFileSync(path.join(root, '__test__', 'support', 'leaks.js'), 'utf8')

/** Leaks through `subscribe` of a file, and prints where the guard says that it is. @param {string} file */
const main = (file) => `const { EventEmitter } = require('node:events')
const guard = require('leakguard').start({ minGrowthMs: 100 })
const { subscribe } = require('./${file}')
const bus = new EventEmitter().setMaxListeners(0)
const step = () => { for (let i = 0; i < 5; i++) subscribe(bus) }
require('./leaks.js').leakUntilFound(guard, step, ({ kind }) => kind === 'listener').then(({ report, finding }) => {
  const { evidence, culprit, fingerprint } = finding
  console.log(JSON.stringify({ culprit, evidence, fingerprint, text: String(report) }))
  guard.stop()
})`

/** Two lines of code for a source whose line 5, column 3 adds the listener. */
const CODE = `"use strict";exports.subscribe=function subscribe(b){b.on("news",()=>{})};
`
const column = CODE.indexOf('.on(') + 1

const base64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
/** @param {number} value */
function vlq(value) {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1
  let text = ''
  do {
    const digit = rest & 31
    rest >>>= 5
    text += base64[digit | (rest > 0 ? 32 : 0)]
  } while (rest > 0)
  return text
}

/** A map of CODE: all of it from `column` on is line 5, column 3 of `source`. @param {string} source */
const mapTo = (source) =>
  JSON.stringify({
    version: 3,
    file: 'lib.js',
    sources: [source],
    names: [],
    mappings: [column, 0, 4, 2].map(vlq).join('')
  })

/** @param {import('node:test').TestContext} t @param {string} code @param {Record<string, string>} [others] @param {string[]} [flags] */
async function culpritOf(t, code, others = {}, flags = []) {
  const cwd = tempFolder(t, { 'main.js': main('lib.js'), 'leaks.js': LEAKS, 'lib.js': code, ...others })
  const found = await runForJson([...flags, 'main.js'], { cwd })
  const { file, line, column, ...rest } = found.culprit
  return {
    ...found,
    place: `${path.relative(cwd, file).replaceAll('\\', '/')}:${line}:${column}`,
    function: rest.function,
    cwd
  }
}

const unmapped = `lib.js:1:${column + 1}`

describe('a file', () => {
  test('with a map beside it', async (t) => {
    const found = await culpritOf(t, `${CODE}//# sourceMappingURL=lib.js.map\n`, { 'lib.js.map': mapTo('src/news.ts') })
    assert.equal(found.place, 'src/news.ts:5:3')
    assert.equal(found.function, 'subscribe')
    assert.ok(found.text.includes('src/news.ts:5:3'), found.text)
    assert.ok(!found.text.includes('lib.js:1'), found.text)
  })

  test('with a map in another folder, whose sources are beside the map', async (t) => {
    const code = `${CODE}//# sourceMappingURL=maps/lib.js.map\n`
    const found = await culpritOf(t, code, { 'maps/lib.js.map': mapTo('../src/news.ts') })
    assert.equal(found.place, 'src/news.ts:5:3')
  })

  test('with a map whose sources have a root', async (t) => {
    const map = JSON.stringify({ ...JSON.parse(mapTo('news.ts')), sourceRoot: 'src/' })
    const found = await culpritOf(t, `${CODE}//# sourceMappingURL=lib.js.map\n`, { 'lib.js.map': map })
    assert.equal(found.place, 'src/news.ts:5:3')
  })

  test('with a map inside it', async (t) => {
    const data = Buffer.from(mapTo('src/news.ts')).toString('base64')
    const found = await culpritOf(t, `${CODE}//# sourceMappingURL=data:application/json;charset=utf-8;base64,${data}\n`)
    assert.equal(found.place, 'src/news.ts:5:3')
  })

  test('with a map inside it that is not base64', async (t) => {
    const data = encodeURIComponent(mapTo('src/news.ts'))
    const found = await culpritOf(t, `${CODE}//# sourceMappingURL=data:application/json,${data}\n`)
    assert.equal(found.place, 'src/news.ts:5:3')
  })

  test('with a map, where Node maps too', async (t) => {
    const others = { 'lib.js.map': mapTo('src/news.ts') }
    const found = await culpritOf(t, `${CODE}//# sourceMappingURL=lib.js.map\n`, others, ['--enable-source-maps'])
    assert.equal(found.place, 'src/news.ts:5:3')
  })

  test('with a map of a bundler, whose sources have names of its own', async (t) => {
    const map = mapTo('webpack://app/./src/news.ts')
    const found = await culpritOf(t, `${CODE}//# sourceMappingURL=lib.js.map\n`, { 'lib.js.map': map })
    assert.deepEqual([found.culprit.file, found.culprit.line], ['webpack://app/./src/news.ts', 5])
  })

  for (const [what, url, map] of [
    ['no map', '', undefined],
    ['a map that is not there', '//# sourceMappingURL=lost.js.map', undefined],
    ['a map that is no JSON', '//# sourceMappingURL=lib.js.map', 'not JSON'],
    ['a map of nothing', '//# sourceMappingURL=lib.js.map', 'null'],
    [
      'a map with broken mappings',
      '//# sourceMappingURL=lib.js.map',
      '{"version":3,"sources":["a.ts"],"names":[],"mappings":"\u00e9!!"}'
    ],
    [
      'a map that has no place for it',
      '//# sourceMappingURL=lib.js.map',
      '{"version":3,"sources":["a.ts"],"names":[],"mappings":""}'
    ],
    ['a map inside that is cut off', '//# sourceMappingURL=data:application/json;base64,eyJ2', undefined],
    ['a map on a server', '//# sourceMappingURL=https://example.invalid/lib.js.map', undefined],
    ['a text that only looks like a map', 'exports.text = "//# sourceMappingURL=lib.js.map"', undefined]
  ]) {
    test(`with ${what} is named itself`, async (t) => {
      const found = await culpritOf(t, `${CODE}${url}\n`, map === undefined ? {} : { 'lib.js.map': map })
      assert.equal(found.place, unmapped)
    })
  }

  test('that quotes a map before its own has its own', async (t) => {
    const code = `${CODE}exports.text = "//# sourceMappingURL=other.map"\n//# sourceMappingURL=lib.js.map\n`
    const others = { 'lib.js.map': mapTo('src/news.ts'), 'other.map': mapTo('src/wrong.ts') }
    assert.equal((await culpritOf(t, code, others)).place, 'src/news.ts:5:3')
  })
})

describe('TypeScript', () => {
  const SOURCE = `import type { EventEmitter } from 'node:events'

interface News { title: string; body?: string }

/** Types that vanish, and syntax that is written anew, move the lines. */
export class Reader {
  constructor(private readonly bus: EventEmitter, public name = 'reader') {}
  read<T extends News>(seen: (news: T) => void): void {
    this.bus.on('news', seen)
  }
}

export const subscribe = (bus: EventEmitter): void => new Reader(bus).read(() => {})
`
  const compiler = path.join(root, 'node_modules', 'typescript', 'package.json')
  const skip = !fs.existsSync(compiler) && 'typescript is not installed'

  for (const options of [['--sourceMap'], ['--inlineSourceMap'], ['--sourceMap', '--target', 'es2015']]) {
    test(`compiled with ${options.join(' ')} is named by its own line`, { skip }, async (t) => {
      const cwd = tempFolder(t, { 'main.js': main('out/news.js'), 'leaks.js': LEAKS, 'src/news.ts': SOURCE })
      const bin = path.join(path.dirname(compiler), JSON.parse(fs.readFileSync(compiler, 'utf8')).bin.tsc)
      const base = [
        '--module',
        'commonjs',
        '--outDir',
        'out',
        '--rootDir',
        'src',
        '--skipLibCheck',
        '--ignoreConfig',
        '--noCheck'
      ]
      const types = ['--types', 'node', '--typeRoots', path.join(root, 'node_modules', '@types')]
      const args = [bin, ...base, ...types, ...options, 'src/news.ts']
      execFileSync(process.execPath, args, { cwd, stdio: 'pipe' })
      const { culprit, fingerprint } = await runForJson(['main.js'], { cwd })
      assert.deepEqual(
        { ...culprit, file: path.relative(cwd, culprit.file) },
        { name: 'news', file: path.join('src', 'news.ts'), line: 9, column: 14, function: culprit.function }
      )
      assert.match(culprit.function, /read$/)
      assert.match(fingerprint, /^[0-9a-f]{16}$/)
    })
  }
})
