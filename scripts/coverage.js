'use strict'
// @ts-check
// Prints which lines of lib/ and of src/ the tests of `npm test` run: of JavaScript by V8's own coverage and c8, of Rust
// by rustc's and llvm-cov. Knows how to ask, not what is enough.
//
//   node scripts/coverage.js [--rust | --js]     both without; some 15 minutes
//
// Rust needs the tools of its compiler: `rustup component add llvm-tools`. What only JavaScript calls (src/binding, most of
// src/os) is not seen by `cargo test`.

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { execFileSync } = require('node:child_process')
const { run, say } = require('./lib/exec.js')

const C8 = 'c8@10'
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-coverage-'))
const wants = (/** @type {string} */ what) => process.argv.length < 3 || process.argv.includes(what)

function javascript() {
  const from = path.join(folder, 'v8')
  const { code } = run(process.execPath, ['scripts/test.js', '--no-rust'], {
    env: { ...process.env, NODE_V8_COVERAGE: from }
  })
  const report = [
    'report',
    '--temp-directory',
    from,
    '--all',
    '--include',
    'lib/**',
    '--exclude',
    'lib/report/format/page.js',
    '--exclude',
    '**/*.d.*ts'
  ]
  run('npm', ['exec', '--yes', '--', C8, ...report, '--reporter', 'text'], {})
  return code
}

function rust() {
  const target = path.join(folder, 'target')
  const env = {
    ...process.env,
    CARGO_TARGET_DIR: target,
    RUSTFLAGS: '-C instrument-coverage',
    LLVM_PROFILE_FILE: path.join(folder, 'rust-%p-%m.profraw')
  }
  const { code } = run('cargo', ['test', '--quiet', '--no-default-features'], { env })
  const sysroot = execFileSync('rustc', ['--print', 'sysroot'], { encoding: 'utf8' }).trim()
  const host = /host: (\S+)/.exec(execFileSync('rustc', ['-vV'], { encoding: 'utf8' }))?.[1] ?? ''
  const tool = (/** @type {string} */ name) => path.join(sysroot, 'lib/rustlib', host, 'bin', name)
  const raw = fs.readdirSync(folder).filter((name) => name.endsWith('.profraw'))
  const merged = path.join(folder, 'rust.profdata')
  run(tool('llvm-profdata'), ['merge', '-sparse', '-o', merged, ...raw.map((name) => path.join(folder, name))], {})
  const deps = path.join(target, 'debug/deps')
  const programs = fs.readdirSync(deps).filter((name) => /^(?:all|leakguard)-[0-9a-f]+$/.test(name))
  const [first, ...others] = programs.map((name) => path.join(deps, name))
  const objects = others.flatMap((file) => ['-object', file])
  run(
    tool('llvm-cov'),
    ['report', first, ...objects, `-instr-profile=${merged}`, '--ignore-filename-regex=(\\.cargo|rustc|tests)/'],
    {}
  )
  return code
}

try {
  const codes = [...(wants('--js') ? [javascript()] : []), ...(wants('--rust') ? [rust()] : [])]
  process.exitCode = Math.max(...codes)
} finally {
  fs.rmSync(folder, { recursive: true, force: true })
}
say('')
