// @ts-check
// One version of what is measured, by what a person typed: a file, a folder, a version of a package, a commit. Makes it ready
// in a folder, and measures an operation on it in a process of its own. Knows npm and git, not what is compared.
'use strict'

const { execFile, fork } = require('node:child_process')
const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { promisify } = require('node:util')
const { LeakReport } = require('../../report/leak-report.js')
const { printable } = require('../../base/text.js')
const { CommandError, UsageError, checkIsFile } = require('../errors.js')

const runFile = promisify(execFile)
const PACKAGE = /^((?:@[\w.-]+\/)?[a-z\d][\w.-]*)@([\w.+-]+)$/i
/** Versions of Node are told by this name, and come as packages by others, one for each system. */
const NODE = 'node'
const { platform, arch } = process
const NODE_PACKAGE = `node-${platform === 'win32' ? 'win' : platform}-${arch}`
const OUTPUT_MAX = 16 * 1024 * 1024
/** What a person or a machine ends a command with, and the exit code of it then. */
const SIGNALS = /** @type {const} */ (['SIGINT', 'SIGTERM'])
const ENDED = 130
const onWindows = platform === 'win32'

/** Where a version is: what the operation is given, if it is given anything, the folder that it runs in, and the Node that runs it, if not this one. @typedef {{ name: string, folder: string, subject?: string, isPackage?: boolean, op: string, node?: string }} Version */

/** @param {string} file @param {string[]} args @param {string} cwd */
async function run(file, args, cwd) {
  try {
    const { stdout } = await runFile(file, args, { cwd, maxBuffer: OUTPUT_MAX, shell: onWindows && file === 'npm' })
    return stdout.trim()
  } catch (error) {
    const { stderr = '', message } = /** @type {any} */ (error)
    const said = printable(String(stderr).trim().split('\n').slice(-3).join('; ') || message)
    throw new CommandError(`${file} ${args.slice(0, 2).join(' ')} failed: ${said}`, 2)
  }
}

/** A measurement that takes so much longer than its budget does not end, in milliseconds. */
const ENDLESS_MS = 600_000
/** Processes that measure. @type {Set<import('node:child_process').ChildProcess>} */
const children = new Set()

/** Versions that were made ready, in folders that go when the command ends. */
class Versions {
  /** @param {string} op the file of the operation */
  constructor(op) {
    this.op = path.resolve(op)
    checkIsFile(op)
    this.folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-versions-'))
    /** The repository of the operation, where there is one. @type {Promise<string> | undefined} */
    this.repository = undefined
    /** Work trees that git is to forget. @type {string[]} */
    this.trees = []
  }

  /** @param {string} name @returns {Promise<Version>} */
  async ready(name) {
    const file = path.resolve(name)
    const stat = fs.statSync(file, { throwIfNoEntry: false })
    if (stat?.isFile()) return { name, folder: path.dirname(file), subject: file, op: this.op }
    if (stat?.isDirectory()) return this.inFolder(name, file)
    const [, packageName, version] = PACKAGE.exec(name) ?? []
    if (packageName === NODE) return this.ofNode(name, version)
    return packageName ? this.ofPackage(name, packageName, version) : this.ofCommit(name)
  }

  /** The folder's own file of the same name comes first: it is the operation of that version. @param {string} name @param {string} folder @returns {Version} */
  inFolder(name, folder) {
    const own = path.join(folder, path.basename(this.op))
    const op = fs.existsSync(own) ? own : this.op
    return { name, folder, op, ...(isPackage(folder) ? { subject: folder } : {}) }
  }

  /** @param {string} name @param {string} packageName @param {string} version @returns {Promise<Version>} */
  async ofPackage(name, packageName, version) {
    const folder = await this.installed(packageName, version)
    return { name, folder, subject: packageName, isPackage: true, op: this.op }
  }

  /** The operation where it is, run by that version of Node. @param {string} name @param {string} version @returns {Promise<Version>} */
  async ofNode(name, version) {
    const folder = await this.installed(NODE_PACKAGE, version)
    const node = path.join(folder, 'node_modules', NODE_PACKAGE, 'bin', onWindows ? 'node.exe' : 'node')
    return { name, folder: path.dirname(this.op), op: this.op, node }
  }

  /** A Node takes much room, and is measured once. @param {Version} version */
  done({ node }) {
    if (node) fs.rmSync(path.dirname(path.dirname(path.dirname(path.dirname(node)))), { recursive: true, force: true })
  }

  /** A folder with this version of a package. @param {string} packageName @param {string} version */
  async installed(packageName, version) {
    const folder = path.join(this.folder, `${packageName}@${version}`.replaceAll(/[^\w.-]/g, '_'))
    if (!fs.existsSync(folder)) {
      fs.mkdirSync(folder)
      fs.writeFileSync(path.join(folder, 'package.json'), '{ "private": true }\n')
      // The project says which registry has its packages.
      const settings = path.resolve('.npmrc')
      if (fs.existsSync(settings)) fs.copyFileSync(settings, path.join(folder, '.npmrc'))
      const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
      await run('npm', ['install', `${packageName}@${version}`, ...quiet], folder)
    }
    return folder
  }

  /** A commit beside the work tree, with the operation as it is now. @param {string} name @returns {Promise<Version>} */
  async ofCommit(name) {
    const repository = await this.root()
    const commit = await run(
      'git',
      ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
      repository
    ).catch(() => {
      const what = 'neither a file, a folder, a version of a package (name@1.2.3) nor a commit'
      throw new UsageError(`${printable(name)} is ${what}`)
    })
    const folder = path.join(this.folder, commit)
    if (!fs.existsSync(folder)) {
      // No hook of the repository runs for it.
      const hooks = path.join(this.folder, 'no-hooks')
      await run(
        'git',
        ['-c', `core.hooksPath=${hooks}`, 'worktree', 'add', '--detach', '--force', folder, commit],
        repository
      )
      this.trees.push(folder)
      const modules = path.join(repository, 'node_modules')
      const link = path.join(folder, 'node_modules')
      const isThere = fs.lstatSync(link, { throwIfNoEntry: false }) !== undefined
      if (!isThere && fs.existsSync(modules)) fs.symlinkSync(modules, link, 'junction')
    }
    const inside = path.relative(repository, this.op)
    if (inside.startsWith('..'))
      throw new UsageError(`${printable(this.op)} is not in the repository ${printable(repository)}`)
    const op = path.join(folder, inside)
    fs.mkdirSync(path.dirname(op), { recursive: true })
    fs.copyFileSync(this.op, op)
    return { name, folder, op, ...(isPackage(folder) ? { subject: folder } : {}) }
  }

  /** The top folder of the repository that the operation is in. */
  root() {
    this.repository ??= run('git', ['rev-parse', '--show-toplevel'], path.dirname(this.op)).then((top) => {
      const root = fs.realpathSync(top)
      this.op = fs.realpathSync(this.op)
      return root
    })
    return this.repository
  }

  /** Ends with the command. */
  async dispose() {
    for (const child of children) child.kill('SIGKILL')
    for (const tree of this.trees) {
      // What a link leads to is the program's own.
      const link = path.join(tree, 'node_modules')
      if (fs.lstatSync(link, { throwIfNoEntry: false })?.isSymbolicLink()) fs.unlinkSync(link)
      await run('git', ['worktree', 'remove', '--force', tree], await this.root()).catch(() => {})
    }
    fs.rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  }
}

/**
 * Work on versions, which are gone when it ends or is ended.
 * @template T @param {string} op @param {(versions: Versions) => Promise<T>} work @returns {Promise<T>}
 */
async function withVersions(op, work) {
  const versions = new Versions(op)
  const end = () => void versions.dispose().finally(() => process.exit(ENDED))
  for (const signal of SIGNALS) process.once(signal, end)
  try {
    return await work(versions)
  } finally {
    for (const signal of SIGNALS) process.off(signal, end)
    await versions.dispose()
  }
}

/** Whether it has something that a program could require. @param {string} folder */
function isPackage(folder) {
  try {
    require.resolve(folder)
    return true
  } catch {
    return false
  }
}

/**
 * The report of an operation on one version.
 * @param {Version} version @param {number} [budgetMs]
 * @returns {Promise<import('../../report/leak-report.js').LeakReportLike>}
 */
function measureVersion({ name, node = process.execPath, ...version }, budgetMs) {
  const child = fork(path.join(__dirname, 'measure-in-child.js'), {
    execPath: node,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc']
  })
  children.add(child)
  const giveUp = setTimeout(() => child.kill('SIGKILL'), (budgetMs ?? 0) + ENDLESS_MS)
  let said = ''
  child.stderr?.on('data', (part) => {
    said = (said + part).slice(-2000)
  })
  return new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ why) =>
      reject(new CommandError(`${printable(name)}: ${printable(why.trim())}`, 2))
    /** @type {any} */
    let answer
    child.on('message', (/** @type {any} */ message) => {
      // What is measured may tell its parent other things.
      answer = message?.leakguard ?? answer
    })
    child.on('error', (error) => fail(error.message))
    child.once('close', (code, signal) => {
      clearTimeout(giveUp)
      children.delete(child)
      if (answer?.report) resolve(LeakReport.from(answer.report))
      else fail(String(answer?.error ?? `the process ended with ${signal ?? code}: ${said}`))
    })
    // One that did not start is heard of as an error.
    child.send({ ...version, budgetMs }, () => {})
  })
}

module.exports = { NODE, NODE_PACKAGE, PACKAGE, measureVersion, run, withVersions }
