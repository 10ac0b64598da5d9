'use strict'
// @ts-check
// The code around the lines that a report names: five rows, the line marked, where a person wrote them; nothing of what is no
// text for people; never in JSON unless asked.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const Ajv2020 = require('ajv/dist/2020').default
const ownSchema = require('leakguard/schema/report.json')
const { LeakReport } = require('leakguard')
const { runNode, tempFolder } = require('../support/child.js')
const { sample } = require('./sample.js')

const isReport = new Ajv2020({ strict: false, allErrors: true }).compile(ownSchema)
const TWELVE = `${Array.from({ length: 12 }, (_, i) => `line(${i + 1})`).join('\n')}\n`

/** As a guard would have made it here. @param {object[]} parts of its findings @returns {import('../..').LeakReport} */
function made(...parts) {
  const Report = /** @type {any} */ (LeakReport)
  const [finding] = sample().findings
  const findings = parts.map((part) => ({ ...finding, retainerPath: undefined, evidence: ['1 more'], ...part }))
  return new Report({ verdict: 'leaking', findings })
}

/** @param {string} file @param {number} line */
const at = (file, line) => ({ culprit: { name: 'x', file, line, column: 1 } })

describe('the code around a line', () => {
  test('is five rows with the line marked: text, Markdown and page', (t) => {
    const file = path.join(tempFolder(t, { 'a.js': TWELVE }), 'a.js')
    const report = made(at(file, 9))
    const rows = ['   7 | line(7)', '   8 | line(8)', '>  9 | line(9)', '  10 | line(10)', '  11 | line(11)']
    assert.ok(report.render('text').includes(rows.map((row) => `\n     ${row}`).join('')), report.render('text'))
    assert.ok(report.render('markdown').includes(`\`\`\`text\n${rows.join('\n')}\n\`\`\`\n`), report.render('markdown'))
    const html = report.render('html')
    const data = JSON.parse(/id="report">(.*)<\/script>/.exec(html)?.[1] ?? '')
    assert.deepEqual(data.sources[0].excerpts, [{ from: 7, lines: [7, 8, 9, 10, 11].map((n) => `line(${n})`) }])
  })

  test('ends where the file ends', (t) => {
    const file = path.join(tempFolder(t, { 'a.js': TWELVE }), 'a.js')
    assert.match(String(made(at(file, 1))), /\n {5}> 1 \| line\(1\)\n {7}2 \| line\(2\)\n {7}3 \| line\(3\)\n {5}- /)
    assert.match(String(made(at(file, 12))), / {7}11 \| line\(11\)\n {5}> 12 \| line\(12\)\n {5}- /)
    assert.doesNotMatch(String(made(at(file, 13))), / \| /)
  })

  test('is one block for lines that are near, and a block each for those that are not', (t) => {
    const folder = tempFolder(t, { 'a.js': TWELVE, 'b.js': TWELVE })
    const [a, b] = [path.join(folder, 'a.js'), path.join(folder, 'b.js')]
    const near = String(made({ ...at(a, 4), holder: { file: a, line: 6 } }))
    assert.match(near, /> 4 \| line\(4\)\n.*\n {5}> 6 \| line\(6\) {2}<- declares it\n/)
    assert.equal(near.match(/line\(5\)/g)?.length, 1)
    const far = String(made({ ...at(a, 2), callers: [{ file: b, line: 11 }] }))
    assert.match(far, / {5}> 2 \| line\(2\)[\s\S]* {5}\S*b\.js:11 makes it:\n[\s\S]* {5}> 11 \| line\(11\)\n/)
  })

  test('is that of the program, not of a package; a package stands beside the call into it', (t) => {
    const folder = tempFolder(t, { 'app.js': TWELVE, 'node_modules/p/i.js': 'secretOfPackage()\n' })
    const [app, inPackage] = [path.join(folder, 'app.js'), path.join(folder, 'node_modules/p/i.js')]
    const text = String(
      made({
        ...at(inPackage, 1),
        callers: [
          { file: inPackage, line: 1 },
          { file: app, line: 5 }
        ]
      })
    )
    assert.match(text, /\n {5}at \S*app\.js:5 {2}calls the package\n +~+\n {5}in a package: \S*i\.js:1:1\n/)
    assert.match(text, /> 5 \| line\(5\)/)
    assert.doesNotMatch(text, /secretOfPackage/)
  })

  test('is nothing of what is binary, minified, very large, a folder, or not there', (t) => {
    const folder = tempFolder(t, {
      'binary.js': 'a\0b\n',
      'latin.js': Buffer.from([0xe4, 0x0a]),
      'minified.js': `${'x();'.repeat(5000)}\n`,
      'large.js': '// x\n'.repeat(300_000)
    })
    const files = ['binary.js', 'latin.js', 'minified.js', 'large.js', 'none.js', '.', 'x\0y.js']
    const places = [...files.map((name) => path.join(folder, name)), 'relative.js', 'webpack://app/src/a.ts']
    const report = made(...places.map((file) => at(file, 1)))
    assert.deepEqual(report.sources, [])
    assert.doesNotMatch(String(report), / 1 \| /)
    assert.equal('sources' in report.toJSON(), false)
  })

  test('is cut where lines are long, and bounded in files', (t) => {
    const many = Object.fromEntries(Array.from({ length: 80 }, (_, i) => [`${i}.js`, `${'é'.repeat(300)}\n`]))
    const folder = tempFolder(t, many)
    const report = made(...Object.keys(many).map((name) => at(path.join(folder, name), 1)))
    assert.equal(report.sources.length, 64)
    assert.equal(report.sources[0].excerpts?.[0].lines[0].length, 200)
    assert.ok(isReport(JSON.parse(report.render('json', { source: true }))), JSON.stringify(isReport.errors))
  })

  test('shows control characters and fences as what they are', (t) => {
    const file = path.join(tempFolder(t, { 'a.js': '```\n\u001b[2Jx()\n</script><b>\n' }), 'a.js')
    const report = made(at(file, 2))
    assert.match(String(report), /> 2 \| \\x1b\[2Jx\(\)/)
    assert.match(report.render('markdown'), /\n````text\n {2}1 \| ```\n[\s\S]*\n````\n/)
    assert.doesNotMatch(report.render('html'), /<\/script><b>/)
  })

  test('is left out on request', (t) => {
    const file = path.join(tempFolder(t, { 'a.js': TWELVE }), 'a.js')
    const report = made(at(file, 9))
    for (const format of /** @type {const} */ (['text', 'markdown', 'html']))
      assert.doesNotMatch(report.render(format, { source: false }), /line\(9\)/)
  })
})

describe('in JSON', () => {
  test('stand digests alone, and the code where it is asked for', (t) => {
    const file = path.join(tempFolder(t, { 'a.js': TWELVE }), 'a.js')
    const report = made(at(file, 9))
    for (const json of [JSON.stringify(report), report.render('json')]) {
      assert.doesNotMatch(json, /line\(9\)/)
      assert.deepEqual(Object.keys(JSON.parse(json).sources[0]), ['file', 'hash'])
      assert.ok(isReport(JSON.parse(json)), JSON.stringify(isReport.errors))
    }
    assert.match(report.render('json', { source: true }), /line\(9\)/)
  })

  test('what was brought along is shown though the file is gone', (t) => {
    const file = path.join(tempFolder(t, { 'a.js': TWELVE }), 'a.js')
    const json = made(at(file, 9)).render('json', { source: true })
    fs.rmSync(file)
    assert.match(String(LeakReport.from(json)), /> {2}9 \| line\(9\)/)
    assert.match(LeakReport.from(json).render('html'), /line\(9\)/)
  })

  test('the code is read again where the file is as it was, and only there', (t) => {
    const file = path.join(tempFolder(t, { 'a.js': TWELVE }), 'a.js')
    const json = JSON.stringify(made(at(file, 9)))
    assert.match(String(LeakReport.from(json)), /> {2}9 \| line\(9\)/)
    fs.writeFileSync(file, `// new\n${TWELVE}`)
    assert.doesNotMatch(String(LeakReport.from(json)), / \| /)
    // A report that somebody made up names a file of this machine.
    const { sources: _, ...forged } = JSON.parse(json)
    assert.doesNotMatch(String(LeakReport.from(forged)), / \| /)
  })

  test('what is no code is left out', () => {
    const sources = [
      null,
      1,
      { file: 'a' },
      { file: 'a', hash: 'x' },
      { file: 'b', hash: '0'.repeat(16), excerpts: [{}] }
    ]
    const report = LeakReport.from({ ...sample(), sources: /** @type {any} */ (sources) })
    assert.deepEqual(report.sources, [{ file: 'b', hash: '0'.repeat(16), excerpts: [] }])
  })
})

test('of what was compiled it is the source that its map has, which need not be a file', async (t) => {
  const source = '// written by a person\nconst cache: Map<string, object> = new Map()\nexport { cache }\n'
  const map = {
    version: 3,
    sources: ['../src/cache.ts'],
    sourcesContent: [source],
    names: [],
    mappings: 'AACA'
  }
  const inline = Buffer.from(JSON.stringify(map)).toString('base64')
  const folder = tempFolder(t, {
    'dist/cache.js': `module.exports = (on) => on()\n//# sourceMappingURL=data:application/json;base64,${inline}\n`,
    'run.js': `const { assertNoLeaks } = require('leakguard')
const bus = new (require('node:events'))().setMaxListeners(0)
const add = require('./dist/cache.js')
assertNoLeaks(() => add(() => bus.on('x', () => {})), { heap: 'never' }).catch(({ report }) => {
  const { LeakReport } = require('leakguard')
  const [finding] = report.findings
  const place = finding.callers.find(({ file }) => file.endsWith('cache.ts'))
  const told = new LeakReport({ verdict: 'leaking', findings: [{ ...finding, culprit: place, callers: [] }] })
  console.log(String(told))
  process.exit()
})`
  })
  const { stdout, stderr } = await runNode(['run.js'], { cwd: folder })
  assert.match(stdout, /at src\/cache\.ts:2:1/, stderr)
  assert.match(stdout, /> 2 \| const cache: Map<string, object> = new Map\(\)\n/)
})
