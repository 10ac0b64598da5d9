// @ts-check
// Child processes that nobody ends.
'use strict'

const { spawn } = require('node:child_process')
const { pace } = require('../helpers/pace.js')

/** @type {import('node:child_process').ChildProcess[]} */
const children = []

function start() {
  const command = process.platform === 'win32' ? ['timeout', '60'] : ['sleep', '60']
  children.push(spawn(command[0], command.slice(1))) // leaks
}

async function run() {
  await pace(10, 3.5, start)
  return () => {
    for (const child of children) child.kill()
  }
}

module.exports = { kind: 'handle', name: 'ProcessWrap', run }
