'use strict'
// @ts-check
// What leaves a process: every byte of what leakguard makes of a program with a marker in each place that data can be in.
// What may be there is the table in SECURITY.md, and nothing else: it is read here.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { root, runNode, tempFolder } = require('../support/child.js')

/** Which column of the table a file belongs to. @type {[RegExp, string][]} */
const COLUMNS = [
  [/\.heapsnapshot$/, 'snapshots'],
  [/\.census$|\.census\.json$/, 'censuses'],
  // What a report says, in short.
  [/\.index\.json$/, 'reports'],
  [/\.report(?:\.\w+)?$/, 'reports'],
  [/\.event$/, 'events'],
  [/\.prom$/, 'metrics'],
  [/\.pb$/, 'profiles'],
  [/^record\.csv$/, 'records']
]
/** Files that are the program's own. */
const ITS_OWN = ['planted.json', 'names.js', 'asked.mjs', 'whole']

/** What may be where: place -> columns. @returns {Map<string, string[]>} */
function allowed() {
  const text = fs.readFileSync(path.join(root, 'SECURITY.md'), 'utf8')
  const section = text.split(/^## /m).find((part) => part.startsWith('What may leave the process'))
  assert.ok(section, 'SECURITY.md has its section')
  const rows = section.split(/\r?\n/).filter((line) => line.startsWith('| ') && !line.startsWith('| what'))
  return new Map(
    rows.map((line) => {
      const [place, where] = line.split('|').slice(1, 3)
      return [place.trim(), where.trim().split(/, */)]
    })
  )
}

/** A marker as it stands in a file, or as somebody would encode it. @param {string} marker */
const forms = (marker) => [
  marker,
  Buffer.from(marker).toString('hex'),
  Buffer.from(marker).toString('base64').replace(/=+$/, '').slice(0, -1)
]

/** @param {string} folder */
function filesIn(folder) {
  return fs
    .readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath ?? entry.path, entry.name))
    .filter((file) => !ITS_OWN.some((own) => path.relative(folder, file).split(path.sep)[0] === own))
}

test('nothing that a program holds leaves it but what SECURITY.md lists', async (t) => {
  const folder = tempFolder(t)
  const [out, salt] = [path.join(folder, 'out'), 'planted']
  fs.mkdirSync(out)
  fs.copyFileSync(path.join(__dirname, '../programs/secrets.js'), path.join(folder, 'secrets.js'))
  fs.symlinkSync(path.join(root, 'node_modules/prom-client'), path.join(folder, 'node_modules/prom-client'), 'junction')
  const argument = `zq${salt}argv_1`
  const { code, stderr } = await runNode(['secrets.js', out, argument], {
    cwd: folder,
    env: { SALT: salt, PLANTED: `zq${salt}env_1` },
    timeoutMs: 240_000
  })
  assert.equal(code, 0, stderr)
  /** @type {Record<string, string>} */
  const planted = JSON.parse(fs.readFileSync(path.join(out, 'planted.json'), 'utf8'))
  const may = allowed()
  const whole = fs.readFileSync(path.join(out, 'whole'), 'latin1')
  const there = Object.values(planted).filter((marker) => whole.includes(marker))
  assert.ok(there.length - may.size >= 73, `${there.length} of ${Object.keys(planted).length} places are in a snapshot`)

  /** @type {Map<string, Set<string>>} place -> columns */
  const found = new Map()
  /** @type {string[]} */
  const wrong = []
  const files = filesIn(out).filter((file) => path.basename(file) !== planted['name of a file'])
  for (const file of files) {
    const name = path.basename(file)
    const column = COLUMNS.find(([pattern]) => pattern.test(name))?.[1]
    assert.ok(column, `${name} is looked at`)
    const bytes = fs.readFileSync(file, 'latin1')
    for (const [place, marker] of Object.entries(planted)) {
      const at = forms(marker)
        .map((form) => bytes.indexOf(form))
        .find((one) => one >= 0)
      if (at === undefined) continue
      found.set(place, (found.get(place) ?? new Set()).add(column))
      if (may.get(place)?.includes(column)) continue
      wrong.push(`${place} is in ${name}: …${bytes.slice(Math.max(0, at - 60), at + 60)}…`)
    }
  }
  assert.deepEqual(wrong, [])
  for (const [place, columns] of may) {
    assert.ok(place in planted, `SECURITY.md allows '${place}', and nobody has planted it`)
    for (const column of columns)
      assert.ok(found.get(place)?.has(column), `SECURITY.md allows '${place}' in ${column}, and it is not there`)
  }
  const kinds = new Set(files.map((file) => COLUMNS.find(([pattern]) => pattern.test(path.basename(file)))?.[1]))
  assert.deepEqual([...kinds].sort(), ['censuses', 'events', 'metrics', 'profiles', 'records', 'reports', 'snapshots'])
})
