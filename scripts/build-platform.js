'use strict'
// @ts-check
// Knows how the release workflow asks for one binary. Must not pack or publish it.
//
//   node scripts/build-platform.js TARGET DIR     builds for a target of package.json, writes the addon into DIR

const fs = require('node:fs')
const path = require('node:path')
const { root, say } = require('./lib/exec.js')
const { platforms } = require('./lib/platforms.js')
const { buildPortable } = require('./lib/portable.js')

const [target, into] = process.argv.slice(2)
const platform = platforms().find((one) => one.target === target)
if (!platform || !into)
  throw new Error(
    `usage: build-platform.js TARGET DIR; targets: ${platforms()
      .map((one) => one.target)
      .join(', ')}`
  )
const file = path.join(root, buildPortable(platform))
fs.mkdirSync(into, { recursive: true })
fs.copyFileSync(file, path.join(into, platform.binary))
say(`${platform.binary}: ${(fs.statSync(file).size / 1e6).toFixed(2)} MB`)
