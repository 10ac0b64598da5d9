// @ts-check
// Every way to leak that we know, each found from three captures alone: the name, the file, the line, the kind, and
// nothing else among the first five; and programs that do not leak, of which nothing is said.
'use strict'

const assert = require('node:assert/strict')
const path = require('node:path')
const { describe, test } = require('node:test')
const { runForJson, tempFolder } = require('../support/child.js')
const { draw } = require('../support/draw.js')
const { CLEAN, LEAKS, textOf } = require('./programs.js')

const STEPS = 200
const ROUNDS = `const heaps = []
  for (let round = 0; round < 3; round++) {
    for (let i = 0; i < ${STEPS}; i++) await step(round * ${STEPS} + i)
    heaps.push(await captureHeap({ mode: 'inline' }))
  }
  process.stdout.write(JSON.stringify(await diffHeaps(...heaps)), () => process.exit(0))`
const MAIN = `const { captureHeap, diffHeaps } = require('leakguard')
;(async () => {
  const { step } = await import(process.argv[2])
  ${ROUNDS}
})()`
/** The program itself captures, from an async function: what is on the stack differs from capture to capture. */
const INSIDE = (/** @type {string} */ file) => {
  const [begin, step] = file.endsWith('.mjs')
    ? [`import { captureHeap, diffHeaps } from 'leakguard'`, 'step']
    : [`const { captureHeap, diffHeaps } = require('leakguard')`, 'exports.step']
  return `
${begin}
async function main() {
  ${ROUNDS.replace('step(', `${step}(`)}
}
main()`
}

/**
 * The report on a program, and the lines of it that bear the mark, or are followed by it.
 * @param {import('node:test').TestContext} t @param {string} text @param {string} [file] @param {boolean} [isInside]
 */
async function examine(t, text, file = 'store.js', isInside = false) {
  const cwd = tempFolder(t, { 'main.js': MAIN, [file]: isInside ? text + INSIDE(file) : text })
  const report = await runForJson(isInside ? [file] : ['main.js', `./${file}`], { cwd })
  const marked = text
    .split('\n')
    .flatMap((line, at) => (line.includes('// here') ? [line.trim() === '// here' ? at : at + 1] : []))
  return { report, marked, cwd }
}

/** @param {any} report */
const told = (report) => JSON.stringify(report.findings.slice(0, 5), null, 1)

describe('a leak is found from three captures alone', { concurrency: 2 }, () => {
  // Each way from outside and from inside; every day some of them, drawn.
  const ways = Object.entries(LEAKS).flatMap(([title, leak]) => [
    { name: title, title, leak, isInside: false },
    { name: `${title}, captured from inside`, title, leak, isInside: true }
  ])
  const names = ways.map(({ name }) => name)
  const today = draw('heap variant', names, 1 / 4)
  for (const { name, title, leak, isInside } of ways.filter(({ name }) => today.includes(name)))
    test(name, (t) => judge(t, title, leak, isInside))
})

/** @param {import('node:test').TestContext} t @param {string} title @param {import('./programs.js').Leak} leak @param {boolean} isInside */
async function judge(t, title, leak, isInside) {
  const text = textOf('leaks', title, leak.file)
  const { file = 'store.js', name, kind, says, also = 0, isCounted = true } = leak
  const { report, marked, cwd } = await examine(t, text, file, isInside)
  assert.equal(report.verdict, 'leaking')
  assert.ok(report.findings.length <= 1 + also, `one leak, one finding:\n${told(report)}`)
  const [{ culprit, growth, ...finding }] = report.findings
  if (name !== undefined) assert.equal(culprit.name, name ?? undefined, told(report))
  if (leak.function !== undefined) assert.equal(culprit.function ?? '', leak.function, told(report))
  assert.equal(path.basename(culprit.file), leak.culprit ?? file, told(report))
  assert.equal(path.dirname(culprit.file), cwd)
  if (marked.length > 0) assert.ok(marked.includes(culprit.line), `line ${marked}:\n${told(report)}`)
  assert.match(finding.kind, kind ?? /collection|object/, told(report))
  assert.match([finding.message, ...finding.evidence, finding.advice].join('\n'), says ?? /./, told(report))
  if (isCounted) assert.ok(Math.abs(growth.total - 2 * STEPS) <= 2, told(report))
  assert.doesNotMatch(finding.message, /system \/|\(array\)/, 'no words of V8')
  const isOfModule = ({ name, file = '' }) => name === 'module scope' && !file.startsWith('node:')
  const at = finding.retainerPath.findIndex(isOfModule)
  if (!/modules$/.test(finding.retainerPath[0].name)) assert.ok(at < 1, `a path begins at the module:\n${told(report)}`)
}

describe('of a program that does not leak nothing is said', { concurrency: 1 }, () => {
  for (const title of CLEAN) {
    test(title, async (t) => {
      const { report } = await examine(t, textOf('clean', title))
      assert.equal(report.findings.length, 0, told(report))
      assert.equal(report.verdict, 'clean')
    })
  }
})

test('a finding has the same fingerprint whatever path leads to it', async (t) => {
  const text = textOf('leaks', 'a variable of a CommonJS module')
  const examined = [await examine(t, text), await examine(t, text, 'store.js', true)]
  const [a, b] = examined.map(({ report }) => report.findings[0].fingerprint)
  assert.equal(a, b)
})

test('a finding has the same fingerprint wherever the program stands', async (t) => {
  const text = textOf('leaks', 'a variable of a closure')
  const first = await examine(t, text)
  const second = await examine(t, `\n\n// moved\n${text}`)
  const [a, b] = [first, second].map(({ report }) => report.findings[0].fingerprint)
  assert.notEqual(first.cwd, second.cwd)
  assert.equal(a, b)
})
