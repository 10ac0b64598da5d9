'use strict'
// @ts-check
// The configurations that docs/bundlers.md shows: each builds a bundle, and the bundle runs.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { root, runNode, tempFolder } = require('../support/child.js')

const page = fs.readFileSync(path.join(root, 'docs', 'bundlers.md'), 'utf8')
const APP = `const { start } = require('leakguard')
const guard = start()
console.log('verdict:', guard.check().verdict)
guard.stop()`

/** @param {string} kind */
function example(kind) {
  const found = page.match(new RegExp(`^\`\`\`js ${kind.replace('.', '\\.')}\n([\\s\\S]*?)^\`\`\`$`, 'm'))
  assert.ok(found, `docs/bundlers.md has no block for ${kind}`)
  return found[1]
}

/** @param {string} cwd @param {string[]} args */
async function runOk(cwd, args) {
  const ended = await runNode(args, { cwd })
  assert.equal(ended.code, 0, ended.stdout + ended.stderr)
  return ended.stdout
}

/** @param {import('node:test').TestContext} t @param {Record<string, string>} files @param {string[]} tools */
function project(t, files, tools) {
  const cwd = tempFolder(t, { 'app.js': APP, ...files })
  for (const name of tools) {
    fs.symlinkSync(path.join(root, 'node_modules', name), path.join(cwd, 'node_modules', name), 'junction')
  }
  return cwd
}

/** @param {string} cwd */
function isLeftOut(cwd) {
  const bundle = fs.readFileSync(path.join(cwd, 'dist', 'app.cjs'), 'utf8')
  assert.match(bundle, /require\("leakguard"\)/)
  assert.ok(bundle.length < 5000, `${bundle.length} bytes`)
  assert.ok(fs.existsSync(path.join(cwd, 'dist', 'app.cjs.map')))
}

test('esbuild builds a bundle that runs', async (t) => {
  const cwd = project(t, { 'build.mjs': example('esbuild') }, ['esbuild'])
  await runOk(cwd, ['build.mjs'])
  isLeftOut(cwd)
  assert.match(await runOk(cwd, ['dist/app.cjs']), /verdict: undecided/)
})

test('webpack builds a bundle that runs', async (t) => {
  const build = `require('webpack')(require('./webpack.config.js'), (error, stats) => {
    if (error || stats.hasErrors()) throw error ?? new Error(stats.toString())
  })`
  const cwd = project(t, { 'webpack.config.js': example('webpack'), 'build.js': build }, ['webpack'])
  await runOk(cwd, ['build.js'])
  isLeftOut(cwd)
  assert.match(await runOk(cwd, ['dist/app.cjs']), /verdict: undecided/)
})

test("Next.js's two files do what they say", async (t) => {
  const files = {
    'next.config.js': example('next.config.js'),
    'instrumentation.js': example('instrumentation.js'),
    'server.js': `const assert = require('node:assert/strict')
      assert.deepEqual(require('./next.config.js'), { serverExternalPackages: ['leakguard'] })
      const { register } = require('./instrumentation.js')
      register().then(async () => {
        assert.throws(require('leakguard').check, { code: 'ERR_LEAKGUARD_NOT_RUNNING' })
        process.env.NEXT_RUNTIME = 'nodejs'
        await register()
        console.log('verdict:', require('leakguard').check().verdict)
      })`
  }
  assert.match(await runOk(project(t, files, []), ['server.js']), /verdict: undecided/)
})
