'use strict'
// @ts-check
// Measures the house: files, lines, functions, imports, public names and options of the working tree or of a commit, to
// compare two of them. Reads sources only.
//
//   node scripts/figures.js [COMMIT]

const { execFileSync } = require('node:child_process')
const { jsNeeds, rustNeeds } = require('../__test__/support/architecture.js')
const { maskSource, withoutTests } = require('../__test__/support/source.js')
const { root } = require('./lib/exec.js')

const commit = process.argv[2]

/** @param {string[]} args */
const git = (args) => execFileSync('git', args, { cwd: root, encoding: 'utf8', maxBuffer: 1e9 })

/** Sources by name. @returns {Record<string, string>} */
function sources() {
  const listed = commit ? ['ls-tree', '-r', '--name-only', commit] : ['ls-files']
  const names = git(listed)
    .split('\n')
    .filter((name) => /^(?:lib|src)\/.*\.(?:js|rs)$|^index\.(?:js|d\.ts)$|^cache\.d\.ts$/.test(name))
    .filter((name) => name !== 'lib/report/format/page.js')
  return Object.fromEntries(names.map((name) => [name, git(['show', `${commit ?? ''}:${name}`])]))
}

/** @param {number[]} values @param {number} share */
const quantile = (values, share) =>
  values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))]

/** Without comments, and without tests where they are in the file. @param {string} file @param {string} source */
function codeOf(file, source) {
  const isRust = file.endsWith('.rs')
  const { code } = maskSource(source, isRust ? 'rs' : 'js')
  return isRust ? withoutTests(code) : code
}

/** Lines of each function with a body in braces. @param {string} code @param {boolean} isRust */
function functionsOf(code, isRust) {
  const head = isRust
    ? /\bfn\s+\w+[^;{]*\{/g
    : /\bfunction\b[^{;]*\{|=>\s*\{|^\s+(?:static\s+|async\s+|get\s+|set\s+|\*\s*)*#?[\w$]+\s*\([^;{}]*\)\s*\{/gm
  const lines = []
  for (const match of code.matchAll(head)) {
    if (/^\s*(?:if|for|while|switch|catch|with)\b/.test(match[0])) continue
    const from = Number(match.index) + match[0].length
    let depth = 1
    let at = from
    for (; at < code.length && depth > 0; at++) depth += code[at] === '{' ? 1 : code[at] === '}' ? -1 : 0
    lines.push(code.slice(match.index, at).trim().split('\n').length)
  }
  return lines
}

const all = sources()
for (const [what, wanted] of /** @type {const} */ ([
  ['lib/', /^lib\/.*\.js$/],
  ['src/', /^src\/.*\.rs$/]
])) {
  const files = Object.entries(all).filter(([name]) => wanted.test(name))
  const isRust = what === 'src/'
  const codes = files.map(([name, source]) => codeOf(name, source))
  const lines = codes.map((code) => code.split('\n').filter((line) => line.trim() !== '').length)
  const whole = files.map(([, source]) => source.split('\n').length)
  const functions = codes.flatMap((code) => functionsOf(code, isRust))
  const needs = (isRust ? rustNeeds : jsNeeds)(Object.fromEntries(files))
  const arrows = [...needs.values()].flat().filter((target) => target in all)
  const total = lines.reduce((sum, count) => sum + count, 0)
  console.log(
    `${what} ${files.length} files, ${total} lines of code; files: median ${quantile([...whole], 0.5)}, 95th percentile ` +
      `${quantile([...whole], 0.95)}, longest ${Math.max(...whole)} lines; ${functions.length} functions: median ` +
      `${quantile([...functions], 0.5)}, 95th percentile ${quantile([...functions], 0.95)}, longest ${Math.max(...functions)}; ` +
      `${arrows.length} imports between files`
  )
}
const types = all['index.d.ts'] ?? ''
const names = /module\.exports = \{([^}]*)\}/
  .exec(all['index.js'] ?? '')?.[1]
  .split(',')
  .filter((name) => name.trim())
const options = /interface GuardOptions \{([\s\S]*?)\n\}/.exec(types)?.[1].match(/^ {2}\w+\?:/gm)
console.log(
  `index.d.ts ${types.split('\n').length} lines${all['cache.d.ts'] ? `, cache.d.ts ${all['cache.d.ts'].split('\n').length}` : ''}; ` +
    `${names?.length} public names; ${options?.length} options of start()`
)
