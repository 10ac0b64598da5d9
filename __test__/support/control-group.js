// @ts-check
// Memory limits that a test sets for a process it starts.
'use strict'

const fs = require('node:fs')
const path = require('node:path')

/**
 * A control group with a limit, or undefined where none can be made.
 * @param {import('node:test').TestContext} t @param {number} bytes
 */
function controlGroup(t, bytes) {
  const name = `leakguard-test-${process.pid}`
  for (const [mount, limit] of [
    ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes'],
    ['/sys/fs/cgroup', 'memory.max']
  ]) {
    const folder = path.join(mount, name)
    try {
      fs.mkdirSync(folder)
    } catch {
      continue
    }
    t.after(() => fs.rmdirSync(folder))
    if (!fs.existsSync(path.join(folder, limit))) continue
    fs.writeFileSync(path.join(folder, limit), String(bytes))
    return folder
  }
}

module.exports = { controlGroup }
