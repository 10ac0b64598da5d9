// @ts-check
// What leakguard costs a test suite: 200 files in Jest, plain, with the matchers, and with each file or test checked.
// The rival is the suite without leakguard. Time of the run and the largest rss of the process.
//
//   npm run bench -- jest-suite [--files 200] [--rounds 3]
'use strict'

const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { parseArgs } = require('node:util')
const { median } = require('./lib/stats.js')

const { values: options } = parseArgs({
  options: { files: { type: 'string', default: '200' }, rounds: { type: 'string', default: '3' } }
})
const root = path.resolve(__dirname, '..')
const jest = path.join(root, 'node_modules', 'jest', 'bin', 'jest.js')

const TEST = `const { EventEmitter } = require('node:events')
let bus
beforeEach(() => { bus = new EventEmitter() })
for (let i = 0; i < 10; i++) {
  test('case ' + i, async () => {
    const heard = []
    bus.on('news', (value) => heard.push(value))
    await new Promise((resolve) => setTimeout(resolve, 1))
    bus.emit('news', { i })
    expect(heard).toEqual([{ i }])
  })
}
`
const config = (/** @type {string[]} */ setup) =>
  `module.exports = { setupFilesAfterEnv: ${JSON.stringify(setup)}, transform: {}, watchman: false, haste: { enableSymlinks: false } }`
/** Prints the largest rss of the process when it ends. */
const RSS = `process.on('exit', () => require('node:fs').writeFileSync(process.env.RSS_FILE, String(process.resourceUsage().maxRSS)))`

const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-bench-'))
fs.mkdirSync(path.join(folder, 'node_modules', 'leakguard'), { recursive: true })
for (const name of fs.readdirSync(root))
  if (/^(?:package\.json|(?:index|cache)\.m?js|native\.js|lib|leakguard\..*\.node)$/.test(name))
    fs.cpSync(path.join(root, name), path.join(folder, 'node_modules', 'leakguard', name), { recursive: true })
fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }')
fs.writeFileSync(path.join(folder, 'rss.cjs'), RSS)
for (let i = 0; i < Number(options.files); i++) fs.writeFileSync(path.join(folder, `case-${i}.test.js`), TEST)
fs.writeFileSync(path.join(folder, 'plain.config.js'), config([]))
fs.writeFileSync(path.join(folder, 'guarded.config.js'), config(['leakguard/jest']))

/** @type {Record<string, { config: string, mode?: string }>} */
const variants = {
  'without leakguard': { config: 'plain' },
  'matchers only': { config: 'guarded' },
  'each file checked': { config: 'guarded', mode: 'file' },
  'each test checked': { config: 'guarded', mode: 'test' }
}

/** @param {{ config: string, mode?: string }} variant */
function run({ config: name, mode = '' }) {
  const rssFile = path.join(folder, 'rss.txt')
  const start = performance.now()
  const args = ['--require', path.join(folder, 'rss.cjs'), jest, '-i', '--config', `${name}.config.js`, '--silent']
  const env = { ...process.env, LEAKGUARD_CHECK: mode, RSS_FILE: rssFile, CI: '1' }
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: folder, env, encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr.slice(-2000))
  return { seconds: (performance.now() - start) / 1000, megabytes: Number(fs.readFileSync(rssFile, 'utf8')) / 1024 }
}

try {
  /** @type {Record<string, ReturnType<typeof run>[]>} */
  const took = Object.fromEntries(Object.keys(variants).map((name) => [name, []]))
  // In turn, so that a busy minute of the machine meets all alike.
  for (let round = 0; round < Number(options.rounds); round++)
    for (const [name, variant] of Object.entries(variants)) took[name].push(run(variant))
  const base = median(took['without leakguard'].map(({ seconds }) => seconds))
  console.log(`Node ${process.version}, ${options.files} files of 10 tests, median of ${options.rounds} rounds`)
  for (const [name, all] of Object.entries(took)) {
    const seconds = median(all.map((one) => one.seconds))
    const megabytes = median(all.map((one) => one.megabytes))
    console.log(
      `${name.padEnd(20)} ${seconds.toFixed(1)} s (${(seconds / base).toFixed(2)}x)  ${Math.round(megabytes)} MB`
    )
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
