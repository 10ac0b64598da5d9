// @ts-check
// Knows how to run programs of a few lines on this Node, in folders that go away with the test.
// Must not know what the programs show.
'use strict'

const assert = require('node:assert/strict')
const { execFile } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')

const root = path.resolve(__dirname, '..', '..')
const major = Number(process.versions.node.split('.')[0])

/**
 * A new folder with these files, in which `leakguard` can be required by its name.
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string>} [files] path -> text
 */
function tempFolder(t, files = {}) {
  const folder = fs.realpathSync(fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-test-')))
  t.after(() => fs.rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
  fs.mkdirSync(path.join(folder, 'node_modules'))
  fs.symlinkSync(root, path.join(folder, 'node_modules', 'leakguard'), 'junction')
  for (const [name, text] of Object.entries({ 'package.json': '{ "name": "fixture", "private": true }', ...files })) {
    const file = path.join(folder, name)
    fs.mkdirSync(path.dirname(file), { recursive: true })
    fs.writeFileSync(file, text)
  }
  return folder
}

/**
 * Copies what the package needs to run. `without` names files that are left out.
 * @param {string} folder
 * @param {(name: string) => boolean} [without]
 */
function copyPackage(folder, without = () => false) {
  fs.mkdirSync(folder, { recursive: true })
  const wanted = /^(?:package\.json|(?:index|cache)\.m?js|register\.js|native\.js|lib|leakguard\..*\.node)$/
  for (const name of fs.readdirSync(root)) {
    if (wanted.test(name) && !without(name))
      fs.cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
  }
  return folder
}

/** @typedef {{ code: number | null, signal: string | null, stdout: string, stderr: string, tookMs: number }} Ended */

/**
 * Runs `node ...args` to its end; one that hangs is killed after `timeoutMs` (signal SIGKILL).
 * @param {string[]} args
 * @param {{ cwd?: string, env?: Record<string, string>, timeoutMs?: number }} [options]
 * @returns {Promise<Ended>}
 */
function runNode(args, { cwd = root, env = {}, timeoutMs = 60_000 } = {}) {
  // A runner below another one reports to it instead of to us; options of ours are not meant for children.
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(?:NODE_TEST_CONTEXT|NODE_OPTIONS|LEAKGUARD_)/.test(name))
  )
  const startedAt = performance.now()
  return new Promise((resolve) => {
    const settings = {
      cwd,
      env: { ...inherited, ...env },
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 1 << 26
    }
    const child = execFile(process.execPath, args, /** @type {any} */ (settings), (_error, stdout, stderr) => {
      const tookMs = performance.now() - startedAt
      resolve({
        code: child.exitCode,
        signal: child.signalCode,
        stdout: String(stdout),
        stderr: String(stderr),
        tookMs
      })
    })
    child.stdin?.end()
  })
}

/**
 * Runs a program that prints JSON in its last line, and gives that.
 * @param {string[]} args @param {Parameters<typeof runNode>[1]} [options]
 */
async function runForJson(args, options) {
  const ended = await runNode(args, options)
  try {
    return JSON.parse(ended.stdout.trimEnd().split('\n').at(-1) ?? '')
  } catch {
    throw new Error(`no JSON; exit code ${ended.code ?? ended.signal}\n${ended.stdout}\n${ended.stderr}`)
  }
}

/** @param {Ended} ended */
function assertWell({ code, signal, stdout, stderr }) {
  assert.equal(code, 0, `exit code ${code ?? signal}\n${stdout}\n${stderr}`)
}

/**
 * Runs a program made of these files, `main.js` (or the one named last in `args`) first; fails with its output unless
 * it exits with 0. Programs assert by themselves.
 * @param {import('node:test').TestContext} t
 * @param {Record<string, string>} files
 * @param {string[]} [args] @param {Parameters<typeof runNode>[1]} [options]
 */
async function runProgram(t, files, args = ['main.js'], options = {}) {
  const cwd = tempFolder(t, files)
  const ended = await runNode(args, { cwd, ...options })
  assertWell(ended)
  return { ...ended, cwd }
}

const programs = path.join(root, '__test__', 'programs')

/** The text of a file of `__test__/programs`, for a program that is to run elsewhere. @param {string} file */
const programText = (file) => fs.readFileSync(path.join(programs, file), 'utf8')

/**
 * Runs a program of `__test__/programs` where it stands; fails with its output unless it exits with 0.
 * @param {string} file @param {string[]} [args] @param {Parameters<typeof runNode>[1] & { flags?: string[] }} [options]
 * `flags` are Node's
 */
async function runFile(file, args = [], { flags = [], ...options } = {}) {
  const ended = await runNode([...flags, path.join(programs, file), ...args], options)
  assertWell(ended)
  return ended
}

module.exports = { root, major, tempFolder, copyPackage, programText, runNode, runForJson, runProgram, runFile }
