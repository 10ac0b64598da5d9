// @ts-check
// Where less than all can be had: a root that cannot be written to, a limit of memory, the permission model with every option
// set. What is left works, what is not is said, and the program ends as it would have.
'use strict'

const assert = require('node:assert/strict')
const { spawn, spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { controlGroup } = require('../support/control-group.js')
const { major, root, runNode, tempFolder } = require('../support/child.js')

const register = path.join(root, 'register.js')

/** Leaks listeners until it ends with 7. */
const LEAKY = `
  const { EventEmitter } = require('node:events')
  const bus = new EventEmitter().setMaxListeners(0)
  const work = setInterval(() => bus.on('news', () => {}), 10)
  setTimeout(() => process.exit(7), 4000)
`
/** All that writes, or needs what a container may not have. */
const ALL = {
  LEAKGUARD_OUTPUT: 'report.json,stderr',
  LEAKGUARD_RECORD: 'memory.csv',
  LEAKGUARD_SAMPLE_MS: '100',
  LEAKGUARD_CAPTURE: 'captures',
  LEAKGUARD_EXPLAIN: 'heap'
}

/** The shell's own words for a root that is read-only, in a view of the file systems that goes with the process. */
const READ_ONLY = 'mount --make-rprivate / && mount --rbind / / && mount -o remount,bind,ro /'

function readOnlyRefused() {
  if (process.platform !== 'linux') return 'no mounts of its own for a process here'
  const { status, stderr, error } = spawnSync(
    'unshare',
    ['-m', 'sh', '-c', `${READ_ONLY} && ! touch /leakguard-test`],
    {
      encoding: 'utf8'
    }
  )
  return status === 0
    ? undefined
    : `no read-only root can be made here: ${error?.message ?? stderr.trim().split('\n')[0]}`
}
const refused = readOnlyRefused()

/** @param {string} cwd @param {string} more of the shell, before the program @param {Record<string, string>} env */
function inReadOnly(cwd, more, env) {
  const script = `${READ_ONLY} ${more} && cd "$1" && exec "$2" --require "$3" app.js`
  const args = ['-m', 'sh', '-c', script, 'sh', cwd, process.execPath, register]
  const { status, stderr } = spawnSync('unshare', args, {
    encoding: 'utf8',
    timeout: 120_000,
    env: { ...process.env, ...env }
  })
  return { status, stderr }
}

describe('a root that is read-only', { skip: refused ?? false }, () => {
  test('nothing can be written: findings come to stderr, and each thing that is missing is said', (t) => {
    const cwd = tempFolder(t, { 'app.js': LEAKY })
    const { status, stderr } = inReadOnly(cwd, '', ALL)
    assert.equal(status, 7, stderr)
    assert.match(stderr, /leakguard: leaking, 1 finding[\s\S]*'news' listeners/)
    assert.match(stderr, /memory\.csv is no longer written: EROFS/)
    assert.match(stderr, /report\.json cannot be written: EROFS/)
    assert.match(stderr, /reports of child processes cannot be collected: E(?:ROFS|NOENT)/)
    assert.deepEqual(
      fs.readdirSync(cwd).filter((name) => !/^(?:package\.json|node_modules)$/.test(name)),
      ['app.js']
    )
  })

  test('with a folder that can be written to, reports are there', (t) => {
    const cwd = tempFolder(t, { 'app.js': LEAKY })
    const volume = tempFolder(t)
    const env = { ...ALL, TMPDIR: volume, LEAKGUARD_OUTPUT: path.join(volume, 'report.json'), LEAKGUARD_RECORD: '' }
    const { status, stderr } = inReadOnly(
      cwd,
      `&& mount --bind "${volume}" "${volume}" && mount -o remount,bind,rw "${volume}"`,
      env
    )
    assert.equal(status, 7, stderr)
    const report = JSON.parse(fs.readFileSync(path.join(volume, 'report.json'), 'utf8'))
    assert.equal(report.verdict, 'leaking')
    assert.doesNotMatch(JSON.stringify(report.examined), /cannot be collected/)
    assert.deepEqual(
      fs.readdirSync(volume).filter((name) => !/^(?:report\.json|package\.json|node_modules)$/.test(name)),
      []
    )
  })
})

test('in a control group with a limit it writes an out-of-memory report before that is reached, and the program ends as it wants', async (t) => {
  const limit = 256e6
  const group = controlGroup(t, limit)
  if (group === undefined) return t.skip('no control group can be made here')
  const used = ['memory.usage_in_bytes', 'memory.current'].map((name) => path.join(group, name)).find(fs.existsSync)
  // Fills nine tenths of what it may take, and no more.
  const app = `
    const fs = require('node:fs')
    const kept = []
    const fill = setInterval(() => {
      if (Number(fs.readFileSync(${JSON.stringify(used)}, 'utf8')) < ${limit * 0.9}) kept.push(Buffer.alloc(2e6, 1))
      else clearInterval(fill), setInterval(() => {}, 1000)
    }, 20)
    process.on('SIGTERM', () => process.exit(5))`
  const cwd = tempFolder(t, { 'app.js': app })
  const script = 'echo $$ > "$1/cgroup.procs" && exec "$2" --require "$3" app.js'
  const args = ['-c', script, 'sh', group, process.execPath, register]
  const child = spawn('sh', args, { cwd, stdio: ['ignore', 'ignore', 'pipe'], timeout: 120_000 })
  let said = ''
  child.stderr.on('data', (part) => {
    said += part
    if (/Examined/.test(said)) child.kill('SIGTERM')
  })
  const code = await new Promise((resolve) => child.on('close', resolve))
  assert.equal(code, 5, said)
  assert.match(said, /leakguard: process \d+ has used \d+ % of the control group's memory limit \(256 MB\)/)
})

const flag =
  major >= 24 || process.allowedNodeEnvironmentFlags.has('--permission') ? '--permission' : '--experimental-permission'
test('under the permission model each option that writes says that it cannot, once, and the exit code stays', {
  skip: major < 22 && 'no flag for addons'
}, async (t) => {
  const cwd = tempFolder(t, { 'app.js': LEAKY })
  const args = [flag, '--allow-addons', '--allow-fs-read=*', '--require', register, 'app.js']
  const { code, stderr } = await runNode(args, { cwd, env: ALL })
  assert.equal(code, 7, stderr)
  assert.match(stderr, /leakguard: leaking, 1 finding/)
  const said = (/** @type {RegExp} */ what) => stderr.match(what)?.length
  assert.deepEqual(
    [said(/memory\.csv is no longer written: /g), said(/report\.json cannot be written: /g)],
    [1, 1],
    stderr
  )
  assert.match(stderr, /reports of child processes cannot be collected: /)
})
