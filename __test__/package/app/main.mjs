// Every entry of the package resolves in both module systems, and both give the same names.
import assert from 'node:assert/strict'
import fs from 'node:fs'
import { createRequire } from 'node:module'
import leakguard, * as names from 'leakguard'

const require = createRequire(import.meta.url)
const { exports: entries } = require('leakguard/package.json')

for (const entry of Object.keys(entries)) {
  const name = `leakguard${entry.slice(1)}`
  let found = 0
  // An entry may be for one of the two only; one that is for none is a mistake.
  for (const resolve of [(id) => require.resolve(id), (id) => new URL(import.meta.resolve(id)).pathname]) {
    try {
      assert.ok(fs.existsSync(resolve(name)), `${name}: ${resolve(name)} is missing`)
      found++
    } catch (error) {
      if (error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error
    }
  }
  assert.ok(found > 0, name)
}

const required = require('leakguard')
assert.equal(leakguard, required)
for (const name of Object.keys(required)) assert.equal(names[name], required[name], name)
assert.equal(leakguard.start().check().verdict, 'undecided')
leakguard.start().stop()
console.log('main.mjs done')
