'use strict'
// @ts-check
// The types of each entry, as a project with that runner sees them.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { test } = require('node:test')
const { root, runNode, tempFolder } = require('../support/child.js')
const { peer } = require('../support/peers.js')

const tsc = path.join(root, 'node_modules', 'typescript', 'bin', 'tsc')
const skip = !fs.existsSync(tsc) && 'typescript is not installed'
const USE = `
test('types', async () => {
  const done: Promise<void> = expect(() => 1).toBeLeakFree({ budgetMs: 100 })
  await done
  await expect(() => 1).not.toBeLeakFree()
  await expect({}).toBeCollected()
  // @ts-expect-error a misspelled option
  await expect(() => 1).toBeLeakFree({ budget: 1 })
})
checkEach('file', { allow: [] })
// @ts-expect-error no such mode
checkEach('folder')
`
/** @type {Record<string, { text: string, from: () => { folder?: string, reason?: string } }>} */
const cases = {
  jest: {
    text: `import { expect, test } from '@jest/globals'\nimport { checkEach } from 'leakguard/jest'${USE}`,
    from: () => ({ folder: path.join(root, 'node_modules') })
  },
  'vitest 5': {
    text: `import { expect, test } from 'vitest'\nimport { checkEach } from 'leakguard/vitest'${USE}`,
    from: () => peer('vitest', '5.1.1')
  },
  'vitest 4': {
    text: `import { expect, test } from 'vitest'\nimport { checkEach } from 'leakguard/vitest'${USE}`,
    from: () => peer('vitest', '4.1.12')
  },
  'node:test and mocha': {
    text: `import { test } from 'node:test'
import { collected, noLeaks } from 'leakguard/node-test'
import { assertNoLeaks, mochaHooks } from 'leakguard/mocha'
test('types', async (t) => {
  await t.assert.noLeaks(() => 1, { budgetMs: 100 })
  await t.assert.collected({})
  const { verdict } = await noLeaks(() => 1)
  await assertNoLeaks(() => verdict)
  await collected({})
  mochaHooks.beforeEach()
})
`,
    from: () => ({})
  }
}

for (const [name, { text, from }] of Object.entries(cases)) {
  test(`types for ${name}`, { skip }, async (t) => {
    const { folder, reason } = from()
    if (reason) return t.skip(reason)
    const cwd = tempFolder(t, {
      'use.ts': text,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          strict: true,
          noEmit: true,
          skipLibCheck: true,
          target: 'es2022',
          module: 'nodenext',
          types: ['node']
        },
        files: ['use.ts']
      })
    })
    const own = path.join(cwd, 'node_modules')
    // Copied: what a link leads to would look for the runner elsewhere.
    fs.unlinkSync(path.join(own, 'leakguard'))
    for (const part of ['package.json', 'index.d.ts', 'index.d.mts', path.join('lib', 'runners')])
      fs.cpSync(path.join(root, part), path.join(own, 'leakguard', part), { recursive: true })
    const names = folder
      ? fs.readdirSync(folder).filter((one) => !one.startsWith('.') && one !== '@types' && one !== 'leakguard')
      : []
    for (const one of names) fs.symlinkSync(path.join(String(folder), one), path.join(own, one), 'junction')
    fs.mkdirSync(path.join(own, '@types'))
    fs.symlinkSync(path.join(root, 'node_modules', '@types', 'node'), path.join(own, '@types', 'node'), 'junction')
    const { code, stdout } = await runNode([tsc, '-p', '.'], { cwd })
    assert.equal(code, 0, stdout)
  })
}
