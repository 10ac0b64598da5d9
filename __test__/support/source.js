'use strict'
// @ts-check
// Knows how to tell code from comments and strings in Rust and JS, well enough to find what a file names.
// Must not know which names are allowed.

const path = require('node:path').posix

const tokens = {
  rs: /\/\/[^\n]*|\/\*[\s\S]*?\*\/|b?r(#*)"[\s\S]*?"\1|"(?:\\[\s\S]|[^"\\])*"|'(?:\\(?:u\{[^}]*\}|x..|.)|[^'\\\n])'/g,
  // A slash after one of these characters opens a regular expression, whose quotes are no strings.
  js: /\/\/[^\n]*|\/\*[\s\S]*?\*\/|(?<=[(,=:[!&|?{};+>]\s*)\/(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\n[])+\/[a-z]*|'(?:\\[\s\S]|[^'\\\n])*'|"(?:\\[\s\S]|[^"\\\n])*"|`(?:\\[\s\S]|[^`\\])*`/g
}

/**
 * The code without comments; each string literal is its index in `strings`, in double quotes.
 * @param {string} source @param {'rs' | 'js'} language
 */
function maskSource(source, language) {
  /** @type {string[]} */
  const strings = []
  const code = source.replace(tokens[language], (token) => {
    if (token.startsWith('//') || token.startsWith('/*')) return ' '
    return `"${strings.push(token.slice(1, -1)) - 1}"`
  })
  return { code, strings }
}

/** The top-level module of a Rust file: `ledger` of src/ledger.rs and of src/ledger/site.rs. @param {string} file */
function rustModule(file) {
  return file.split('/')[1].replace(/\.rs$/, '')
}

/**
 * The names right below the crate's root that a file of src/ imports or spells out.
 * @param {string} file @param {string} code masked @returns {string[]}
 */
function rustRootNames(file, code) {
  const names = [...code.matchAll(/\bcrate\s*::\s*(\w+\b(?!!)|\{)/g)].flatMap((found) =>
    found[1] === '{' ? groupHeads(code.slice(found.index + found[0].length)) : [found[1]]
  )
  // `super` climbs one module; as many as there are modules around it end at the root.
  const fileDepth = file.replace(/\/mod\.rs$/, '').split('/').length - 1
  for (const found of code.matchAll(/\b((?:super\s*::\s*)+)(\w+)/g)) {
    const climbed = found[1].split('super').length - 1
    if (climbed === fileDepth + inlineDepth(code.slice(0, found.index))) names.push(found[2])
  }
  return names
}

/** How many `mod name {` are open at the end of a piece of code. @param {string} code masked */
function inlineDepth(code) {
  /** @type {boolean[]} */
  const open = []
  for (const [brace] of code.matchAll(/\bmod\s+\w+\s*\{|[{}]/g)) {
    if (brace === '}') open.pop()
    else open.push(brace !== '{')
  }
  return open.filter(Boolean).length
}

/** The first name of each member of `{a, b::{c, d}}`. @param {string} text after the opening brace */
function groupHeads(text) {
  const heads = []
  let depth = 0
  let member = ''
  for (const char of text) {
    if (depth === 0 && (char === ',' || char === '}')) {
      heads.push(...(/\w+/.exec(member) ?? []))
      member = ''
      if (char === '}') break
    } else member += char
    if (char === '{') depth += 1
    if (char === '}') depth -= 1
  }
  return heads
}

/** The module of a Rust file as names below the crate's root: `ledger, site` of src/ledger/site.rs. @param {string} file */
function rustModulePath(file) {
  return file
    .replace(/^src\//, '')
    .replace(/(^|\/)(mod|lib)\.rs$|\.rs$/, '')
    .split('/')
    .filter(Boolean)
}

/** The code without its tests, which may name whatever they try. @param {string} code masked */
function withoutTests(code) {
  let rest = code
  for (;;) {
    const found = /#\[cfg\(test\)\]\s*(?:pub(?:\([^)]*\))?\s+)?mod\s+\w+\s*\{/.exec(rest)
    if (!found) return rest
    let end = found.index + found[0].length
    for (let depth = 1; depth > 0 && end < rest.length; end++) {
      if (rest[end] === '{') depth += 1
      if (rest[end] === '}') depth -= 1
    }
    rest = rest.slice(0, found.index) + rest.slice(end)
  }
}

/**
 * The paths that a Rust file spells out from `crate`, `super`, `self` or a module below its own, groups taken apart.
 * @param {string} code masked @param {(name: string) => boolean} isBelow whether a name is a module right below this file's
 * @returns {{ names: string[], handsOn: boolean, at: number }[]} `handsOn`: it is `pub use`, and nothing that the file needs itself
 */
function rustPaths(code, isBelow) {
  const paths = []
  const start = /(?<![\w:])(\w+)\s*::/g
  for (let found = start.exec(code); found; found = start.exec(code)) {
    if (!/^(crate|super|self)$/.test(found[1]) && !isBelow(found[1])) continue
    const { members, end } = pathTree(code, found.index)
    const handsOn = /\bpub(\s*\([^)]*\))?\s+use\s+$/.test(code.slice(0, found.index))
    for (const names of members) paths.push({ names, handsOn, at: found.index })
    start.lastIndex = end
  }
  return paths
}

/** `a::{b, c::d}` as `a, b` and `a, c, d`. @param {string} code @param {number} from */
function pathTree(code, from) {
  /** @type {string[][]} */
  const members = []
  /** @type {string[]} */
  const names = []
  const token = /\s*(\w+|::|\{|\*)/y
  let end = from
  for (token.lastIndex = end; ; token.lastIndex = end) {
    const found = token.exec(code)
    const isName = found && /^\w/.test(found[1])
    // After a name the path ends, unless `::` leads on.
    if (!found || (found[1] !== '::' && names.length > 0 && !/::\s*$/.test(code.slice(from, end)))) break
    end = token.lastIndex
    if (isName) names.push(found[1])
    if (found[1] === '{') {
      for (;;) {
        const member = pathTree(code, end)
        members.push(...member.members.map((inner) => [...names, ...inner]))
        const next = /\s*(?:as\s+\w+\s*)?([,}])?/y
        next.lastIndex = member.end
        const mark = next.exec(code)
        end = next.lastIndex
        if (mark?.[1] !== ',') break
      }
      return { members: members.filter((path) => path.length > 0), end }
    }
    if (found[1] === '*') break
  }
  return { members: names.length > 0 ? [names] : [], end }
}

/**
 * What a JS file requires or imports by a literal: paths from the root for our own files, else the name as it stands.
 * @param {string} file @param {string} source @param {(file: string) => boolean} exists
 */
function jsImports(file, source, exists) {
  const { code, strings } = maskSource(source, 'js')
  return [...code.matchAll(/\b(?:(?:require|import)\s*\(\s*|(?:from|import)\s*)"(\d+)"/g)].map((found) => {
    const name = strings[Number(found[1])]
    if (name === 'leakguard') return 'index.js'
    if (!name.startsWith('.')) return name
    const target = path.join(path.dirname(file), name)
    return [target, `${target}.js`, `${target}/index.js`].find(exists) ?? target
  })
}

module.exports = {
  maskSource,
  rustModule,
  rustRootNames,
  rustModulePath,
  rustPaths,
  inlineDepth,
  withoutTests,
  jsImports
}
