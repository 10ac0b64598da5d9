// @ts-check
// Keeps the documentation true: every example runs, every name that the code has is explained, every limit that is
// written down is the code's, every link leads somewhere.
// Must not judge prose.
'use strict'

const assert = require('node:assert/strict')
const { spawn } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { after, before, describe, test } = require('node:test')
const { peer } = require('./support/peers.js')

const root = path.resolve(__dirname, '..')
/** Below the root, so that the examples find the package by its name, and ignored by git. */
const folder = path.join(root, '.cache', `docs-${process.pid}`)
const exampleMsMax = 60_000

/** @param {string} file */
const read = (file) => fs.readFileSync(path.join(root, file), 'utf8')

/** @param {string} place @param {RegExp} wanted @returns {string[]} */
const filesIn = (place, wanted) =>
  fs
    .readdirSync(path.join(root, place), { recursive: true })
    .map((name) => path.posix.join(place, String(name).split(path.sep).join('/')))
    .filter((name) => wanted.test(name) && !name.includes('node_modules'))
    .sort()

const guides = ['README.md', ...filesIn('docs', /\.md$/)]
const pages = [
  ...guides,
  'ARCHITECTURE.md',
  'CONTRIBUTING.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...filesIn('examples', /\.md$/)
]
const apiPage = read('docs/api.md')
const sources = [
  'index.js',
  'index.mjs',
  'index.d.ts',
  'cache.js',
  'cache.mjs',
  'cache.d.ts',
  'heap.d.ts',
  'register.js',
  ...filesIn('lib', /\.js$/),
  ...filesIn('bin', /\.js$/),
  ...filesIn('src', /\.rs$/)
]
const code = Object.fromEntries(sources.map((file) => [file, read(file)]))
const allCode = Object.values(code).join('\n')

/** @typedef {{ page: string, line: number, text: string }} Example */

/** @param {string} page @param {string} markdown @param {string} [kind] @returns {Example[]} its blocks marked so */
function examplesIn(page, markdown, kind = 'js') {
  return [...markdown.matchAll(/^```([^\n]+)\n([\s\S]*?)^```$/gm)]
    .filter((found) => found[1] === kind)
    .map((found) => ({ page, line: markdown.slice(0, found.index).split('\n').length, text: found[2] }))
}

/** Packages of others that examples use, at the versions they were written for. */
const peers = { express: '5.3.0', fastify: '5.12.8' }
const standIns = path.join(root, '__test__', 'support', 'stand-ins')

/** Puts them where examples find them. @returns {Map<string, string>} those that cannot be had, and why */
function bringPeers() {
  const missing = new Map()
  const modules = path.join(folder, 'node_modules')
  fs.mkdirSync(modules, { recursive: true })
  for (const name of fs.readdirSync(standIns)) {
    fs.symlinkSync(path.join(standIns, name), path.join(modules, name), 'junction')
  }
  for (const [name, version] of Object.entries(peers)) {
    const found = peer(name, version)
    if (found.folder) fs.symlinkSync(path.join(found.folder, name), path.join(modules, name), 'junction')
    else missing.set(name, found.reason)
  }
  return missing
}

/** @param {Example} example what a comment `// prints: …` promises of the output @returns {string[]} */
const promises = ({ text }) => [...text.matchAll(/\/\/ prints: (.+)$/gm)].map((found) => found[1].trim())

/** @param {Example} example @returns {Promise<{ code: number | null, output: string }>} */
function run({ page, line, text }) {
  const isModule = /^(import|export) /m.test(text)
  const file = path.join(folder, `${page.replace(/\W/g, '-')}-${line}.${isModule ? 'mjs' : 'cjs'}`)
  fs.writeFileSync(file, text)
  return runNode([file])
}

/** @param {string[]} args @returns {Promise<{ code: number | null, output: string }>} */
function runNode(args) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    for (const stream of [child.stdout, child.stderr]) stream.setEncoding('utf8').on('data', (part) => (output += part))
    const timer = setTimeout(() => child.kill('SIGKILL'), exampleMsMax)
    child.on('close', (exitCode) => {
      clearTimeout(timer)
      resolve({ code: exitCode, output })
    })
  })
}

describe('examples', () => {
  /** @type {Map<string, string>} */
  let missing
  before(() => {
    missing = bringPeers()
  })
  after(() => fs.rmSync(folder, { recursive: true, force: true }))

  const examples = guides.flatMap((page) => examplesIn(page, read(page)))

  test('there are some in README.md and in docs/api.md', () => {
    for (const page of ['README.md', 'docs/api.md']) assert.ok(examples.some((example) => example.page === page))
  })

  for (const example of examples) {
    test(`the one in ${example.page}, line ${example.line}, runs and prints what it says`, async (t) => {
      const lost = [...missing].find(([name]) => example.text.includes(`require('${name}')`))
      if (lost) return t.skip(lost[1])
      const { code: exitCode, output } = await run(example)
      assert.equal(exitCode, 0, output)
      for (const promise of promises(example)) assert.ok(output.includes(promise), `"${promise}" is not in:\n${output}`)
    })
  }

  test('every block is of a kind that something runs', () => {
    // Bundlers' and Jest's are run by package/{bundlers,jest-examples,typed-examples}.test.js; shell, YAML and console blocks are looked at below; text is output.
    const kinds = /^(js( jest| esbuild| webpack| next\.config\.js| instrumentation\.js)?|ts|sh|console|yaml|text)$/
    for (const page of guides) {
      const fences = [...read(page).matchAll(/^```(.*)$/gm)].map((found) => found[1])
      for (const kind of fences.filter((_, index) => index % 2 === 0)) assert.match(kind, kinds, page)
    }
  })

  test('shell, console and YAML blocks call nothing that does not exist', () => {
    const { scripts } = JSON.parse(read('package.json'))
    const commands = filesIn('lib/cli/commands', /\.js$/).map((file) => path.basename(file, '.js'))
    let seen = 0
    for (const page of guides) {
      for (const { text } of ['sh', 'console', 'yaml'].flatMap((kind) => examplesIn(page, read(page), kind))) {
        for (const [, name] of text.matchAll(/npm run ([\w:]+)/g))
          assert.ok(++seen && scripts[name], `${page}: ${name}`)
        for (const [, name] of text.matchAll(/npx leakguard ([a-z]+)/g)) {
          assert.ok(++seen && commands.includes(name), `${page}: ${name}`)
        }
        for (const [, name] of text.matchAll(/--(?:import|require) (leakguard\S*)/g))
          assert.ok(++seen && require.resolve(name))
      }
    }
    assert.ok(seen > 5)
  })

  test('one that fails, or prints something else, would be noticed', async () => {
    const [bad] = examplesIn('x.md', "Text\n```js\nrequire('leakguard').check()\n```\n")
    assert.equal((await run(bad)).code, 1)
    const [other] = examplesIn('y.md', "```js\nconsole.log('b') // prints: a\n```\n")
    assert.deepEqual(promises(other), ['a'])
  })
})

describe('names', () => {
  /** @param {RegExp} names */
  const missing = (names) => [...new Set(allCode.match(names))].filter((name) => !apiPage.includes(`\`${name}`)).sort()

  test('docs/api.md explains every error code of the code', () => {
    const codes = /\bERR_LEAKGUARD_[A-Z_]+[A-Z]\b/g
    assert.ok(allCode.match(codes))
    assert.deepEqual(missing(codes), [])
  })

  test('docs/api.md explains every environment variable of the code but those of its tests', () => {
    const variables = /(?<!ERR_)\bLEAKGUARD_(?!TEST_)[A-Z_]+[A-Z]\b/g
    assert.ok(allCode.match(variables))
    assert.deepEqual(missing(variables), [])
  })

  test('docs/api.md explains no error code that the code does not have', () => {
    const known = [...apiPage.matchAll(/`(ERR_LEAKGUARD_\w+)`/g)].map((found) => found[1])
    assert.deepEqual(
      known.filter((name) => !allCode.includes(name)),
      []
    )
  })

  test('docs/api.md has a heading for every name that the package exports', () => {
    const headings = apiPage.split('\n').filter((line) => line.startsWith('#'))
    const names = Object.keys(require('leakguard'))
    assert.deepEqual(
      names.filter((name) => !headings.some((line) => line.includes(`\`${name}`))),
      []
    )
  })

  test('docs/cli.md explains every command and option of the command line', () => {
    const page = read('docs/cli.md')
    for (const file of filesIn('lib/cli/commands', /\.js$/)) {
      const { options } = require(path.join(root, file))
      const names = [`leakguard ${path.basename(file, '.js')}`, ...Object.keys(options).map((name) => `--${name}`)]
      for (const name of names) assert.ok(page.includes(name), `${name} is missing`)
    }
  })

  test('ARCHITECTURE.md lists every folder of the code', () => {
    const map = read('ARCHITECTURE.md')
    const folders = new Set(sources.map((file) => path.posix.dirname(file)).filter((name) => name !== '.'))
    const wanted = [...folders, 'schema', 'docs', 'examples', 'scripts', 'bench', '__test__']
    assert.deepEqual(
      wanted.filter((name) => !map.includes(`\`${name}/\``)),
      []
    )
  })
})

describe('limits', () => {
  /** @param {string} markdown @returns {{ file: string, name: string, value: string }[]} ``file `NAME = value` `` */
  const limitsIn = (markdown) =>
    [...markdown.matchAll(/\b((?:lib|src)\/[\w./-]+), `(\w+) = ([\d.,_]+)`/g)].map(([, file, name, value]) => ({
      file,
      name,
      value: value.replace(/[,_]/g, '')
    }))

  /** @param {string} source @param {string} name @param {string} value */
  const has = (source, name, value) =>
    [...source.replace(/(?<=\d)_(?=\d)/g, '').matchAll(/\b(\w+)(?:: \w+)?\s*[=:] (\d[\d.]*(?:e\d+)?)/g)].some(
      (found) => found[1] === name && Number(found[2]) === Number(value)
    )

  for (const page of guides) {
    for (const { file, name, value } of limitsIn(read(page))) {
      test(`${page} says ${name} = ${value}, and so does ${file}`, () => assert.ok(has(code[file] ?? '', name, value)))
    }
  }

  test('there are some, and a wrong one would be noticed', () => {
    assert.ok(guides.some((page) => limitsIn(read(page)).length > 10))
    assert.ok(has('const A: f64 = 1_000.5;\n', 'A', '1000.5'))
    assert.ok(has('Limits { total_min: 10.0, x: 2 }', 'total_min', '10'))
    assert.ok(!has('const A: f64 = 0.35;', 'A', '0.3'))
    assert.ok(!has('const LATE_A: f64 = 0.3;', 'A', '0.3'))
  })
})

describe('links', () => {
  /** @param {string} heading as GitHub makes an anchor of it */
  const anchor = (heading) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replace(/ /g, '-')

  /** @param {string} file */
  const anchorsOf = (file) => {
    const prose = read(file).replace(/^```[\s\S]*?^```$/gm, '')
    return [...prose.matchAll(/^#+ (.+)$/gm)].map((found) => anchor(found[1]))
  }

  /** @param {string} page @param {string} link @returns {string | undefined} what is wrong with it */
  function fault(page, link) {
    if (/^(https?|mailto):/.test(link)) return
    const [target, hash] = link.split('#')
    const file = target === '' ? page : path.posix.join(path.posix.dirname(page), target)
    if (!fs.existsSync(path.join(root, file))) return `${link}: there is no ${file}`
    if (hash && !anchorsOf(file).includes(hash)) return `${link}: ${file} has no such heading`
  }

  for (const page of pages) {
    test(`those of ${page} lead somewhere`, () => {
      const prose = read(page).replace(/^```[\s\S]*?^```$/gm, '')
      const found = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1])
      assert.deepEqual(
        found.flatMap((link) => fault(page, link) ?? []),
        []
      )
    })
  }

  test('a dead one would be noticed', () => {
    assert.ok(fault('README.md', 'docs/nowhere.md'))
    assert.ok(fault('README.md', '#no-such-heading'))
    assert.equal(fault('docs/api.md', '../README.md'), undefined)
  })
})
