'use strict'
// @ts-check
// Keeps the import directions of ARCHITECTURE.md, and shows that the rules would notice each way to break them.

const assert = require('node:assert/strict')
const fs = require('node:fs')
const path = require('node:path')
const { describe, test } = require('node:test')
const { jsViolations, rustViolations } = require('./support/architecture.js')

const root = path.resolve(__dirname, '..')

/** @param {string[]} places files or folders from the root @param {RegExp} wanted */
function readSources(places, wanted) {
  /** @type {Record<string, string>} */
  const sources = {}
  for (const place of places.filter((name) => fs.existsSync(path.join(root, name)))) {
    const inside = fs.statSync(path.join(root, place)).isDirectory()
    const names = inside ? fs.readdirSync(path.join(root, place), { recursive: true }).map(String) : ['']
    for (const name of names.filter((name) => wanted.test(path.join(place, name)))) {
      const file = path.join(place, name).split(path.sep).join('/').replace(/\/$/, '')
      sources[file] = fs.readFileSync(path.join(root, file), 'utf8')
    }
  }
  assert.ok(Object.keys(sources).length > 0, `no sources in ${places}`)
  return sources
}

test('the Rust modules keep their directions', () => {
  assert.deepEqual(rustViolations(readSources(['src'], /\.rs$/)), [])
})

test('exports that catch panics, and structs, break no rule', () => {
  const source =
    '#[napi] impl A {\n #[napi(getter, catch_unwind, ts_return_type = "[a]")]\n pub fn f(&self) {} fn g() {} }\n#[napi(object)] struct B;'
  assert.deepEqual(rustViolations({ 'src/binding/heap.rs': source }), [])
})

test('the JS modules keep their directions', () => {
  const places = ['index.js', 'index.mjs', 'cache.js', 'cache.mjs', 'register.js', 'bin', 'lib']
  assert.deepEqual(jsViolations(readSources(places, /\.m?js$/)), [])
})

describe('a Rust source that breaks a rule is named', () => {
  for (const [what, file, source] of [
    ['growth names the ledger', 'src/growth/mod.rs', 'use crate::ledger::Tally;'],
    ['the ledger names a growth type in passing', 'src/ledger.rs', 'fn f() -> crate::growth::Growth {}'],
    ['the ledger climbs to its sibling', 'src/ledger/site.rs', 'use super::super::growth::Growth;'],
    ['a test climbs to a sibling', 'src/ledger/mod.rs', 'fn f() {} mod tests { use super::super::growth::Growth; }'],
    ['a nested group hides the graph', 'src/snapshot/mod.rs', 'use crate::{error::{Error, Kind}, graph::{Graph}};'],
    ['the graph names words', 'src/graph/mod.rs', 'use crate::words::explain;'],
    ['the monitor makes sentences', 'src/monitor/check.rs', 'use crate::words::explain;'],
    ['the monitor looks at a graph', 'src/monitor/check.rs', 'use crate::graph::Kept;'],
    ['words count', 'src/words/grew.rs', 'use crate::ledger::Pool;'],
    ['words judge', 'src/words/grew.rs', 'use crate::monitor::Limits;'],
    ['words look at a graph', 'src/words/heaps.rs', 'use crate::graph::Grown;'],
    ['a finding names who makes it', 'src/finding/suspect.rs', 'fn f() -> crate::ledger::Tally {}'],
    ['recordings are worded', 'src/recording/mod.rs', 'use crate::words::explain;'],
    ['the monitor names the system', 'src/monitor/mod.rs', 'use crate::os::now;'],
    ['the core names the binding', 'src/monitor/mod.rs', 'use crate :: binding :: page;'],
    ['a re-export hides where a name lives', 'src/growth/mod.rs', 'use crate::Tally;'],
    ['a new module is in no table', 'src/extra.rs', 'fn f() {}'],
    ['the core names napi', 'src/ledger/mod.rs', 'use napi::Result;'],
    ['the core has an attribute of napi', 'src/words/mod.rs', '#[napi(catch_unwind)]\npub fn f() {}'],
    ['a module of the core may be unsafe', 'src/lib.rs', 'pub mod ledger;\n#[forbid(unsafe_code)]\npub mod cache;'],
    ['another file of the binding may be unsafe', 'src/binding/mod.rs', '#[deny(missing_docs)]\nmod convert;'],
    ['a file of the binding lifts what is denied', 'src/binding/heap.rs', '#![allow(unsafe_code, reason = "fast")]'],
    ['unsafe beside the modules', 'src/lib.rs', 'unsafe fn f() {}'],
    ['an export lets panics out', 'src/binding/ledger.rs', '#[napi]\n/// Doc.\npub fn f() {}'],
    ['a method lets panics out', 'src/binding/ledger.rs', '#[napi(getter)]\n#[allow(dead_code)]\npub fn f(&self) {}'],
    ['a constructor lets panics out', 'src/binding/heap.rs', '#[napi(constructor)] pub fn new() -> Self { Self }'],
    ['a clock in the core', 'src/growth/mod.rs', 'use std::time::{Duration, Instant};'],
    ['a clock after a character literal', 'src/growth/mod.rs', `let q = '"'; let t = SystemTime::now(); let p = '"';`]
  ]) {
    test(what, () => assert.equal(rustViolations({ [file]: source }).length, 1))
  }
})

describe('a circle of Rust files is named', () => {
  for (const [what, sources, circle] of [
    [
      'inside of a module',
      { 'a.rs': 'use super::b::B;', 'b.rs': 'use super::c;', 'c.rs': 'fn f() -> super::a::A {}' },
      ['a.rs', 'b.rs', 'c.rs', 'a.rs']
    ],
    [
      'by the way of the root',
      { 'a.rs': 'use crate::growth::b::B;', 'b.rs': 'use super::a::A;' },
      ['a.rs', 'b.rs', 'a.rs']
    ],
    [
      'hidden in a group',
      { 'a.rs': 'use super::{c::C, b::{self, B}};', 'b.rs': 'use super::{a::A};', 'c.rs': '' },
      ['a.rs', 'b.rs', 'a.rs']
    ],
    [
      'through what the face of the module hands on',
      { 'mod.rs': 'mod a; mod b; pub use a::{f as g, A};', 'a.rs': 'use super::b::B;', 'b.rs': 'use super::A;' },
      ['a.rs', 'b.rs', 'a.rs']
    ],
    [
      'with a module that needs what is below it',
      { 'mod.rs': 'mod a; use a::run; pub struct Options;', 'a.rs': 'use super::Options;' },
      ['mod.rs', 'a.rs', 'mod.rs']
    ],
    [
      'with a call by its path',
      { 'mod.rs': 'mod a; pub struct Options; fn f() { a::run() }', 'a.rs': 'use super::Options;' },
      ['mod.rs', 'a.rs', 'mod.rs']
    ],
    [
      'two folders deep',
      { 'trend/a.rs': 'use super::super::b::B;', 'b.rs': 'use super::trend::a::A;' },
      ['trend/a.rs', 'b.rs', 'trend/a.rs']
    ]
  ]) {
    test(what, () => {
      const named = circle.map((name) => `src/growth/${name}`).join(' -> ')
      assert.deepEqual(rustViolations(inGrowth(sources)), [`files in a circle: ${named}`])
    })
  }
})

describe('Rust files that are in no circle', () => {
  for (const [what, sources] of [
    [
      'the face of a module hands on what names it',
      { 'mod.rs': 'mod a; pub use a::run; pub(crate) use a::A; pub struct Options;', 'a.rs': 'use super::Options;' }
    ],
    [
      'tests name each other',
      { 'a.rs': 'use super::b::B;', 'b.rs': '#[cfg(test)]\nmod tests { use super::super::a::A; }' }
    ],
    ['a file names itself', { 'a.rs': 'use super::a::A; mod inner { use super::B; }' }],
    ['comments name each other', { 'a.rs': '//! See [`super::b`].', 'b.rs': '//! See [`super::a`].' }],
    ['two need a third', { 'a.rs': 'use super::{b::B, c::C};', 'b.rs': 'use super::c::C;', 'c.rs': '' }]
  ]) {
    test(what, () => assert.deepEqual(rustViolations(inGrowth(sources)), []))
  }
})

/** @param {Record<string, string>} sources */
function inGrowth(sources) {
  return Object.fromEntries(Object.entries(sources).map(([name, source]) => [`src/growth/${name}`, source]))
}

describe('a Rust source that keeps the rules is left alone', () => {
  for (const [what, file, source] of [
    ['comments may name anything', 'src/growth/mod.rs', '//! See [`crate::ledger`], unsafe, Instant.\n/* crate::os */'],
    ['strings may name anything', 'src/growth/mod.rs', 'const S: &str = r#"unsafe "crate::os" Instant"#;'],
    ['a module names itself', 'src/growth/counts.rs', 'use crate::growth::History; use super::History;'],
    [
      'a test climbs to its own module',
      'src/growth/counts.rs',
      'mod tests { use super::super::Reading; use super::*; }'
    ],
    ['a test climbs to a sibling file', 'src/growth/counts.rs', 'mod tests { fn f() {} use super::super::memory; }'],
    ['siblings inside a module', 'src/binding/ledger.rs', 'use super::growth::convert;'],
    ['the monitor joins the core', 'src/monitor/mod.rs', 'use crate::{growth::Growth, ledger::Tally};'],
    [
      'the binding names napi and the clock',
      'src/binding/mod.rs',
      '#[napi(catch_unwind)] fn f(at: Instant) -> napi::Result<()> {}'
    ],
    ['unsafe where it belongs', 'src/binding/page.rs', "fn f<'a>(x: &'a u8) { unsafe { g(x) } }"],
    ['the binding and the system may be unsafe', 'src/lib.rs', '#[cfg(all(not(test)))]\nmod binding; pub mod os;'],
    [
      'lib.rs declares all',
      'src/lib.rs',
      '#[forbid(unsafe_code)]\n/// Doc.\npub mod words; pub use crate::words::explain;'
    ]
  ]) {
    test(what, () => assert.deepEqual(rustViolations({ [file]: source }), []))
  }
})

describe('a JS source that breaks a rule is named', () => {
  for (const [what, file, source] of [
    ['the loader is required elsewhere', 'lib/guard/guard.js', "require('../../native.js')"],
    ['an addon file is required', 'lib/base/native.js.js', "require('../../leakguard.linux-x64-gnu.node')"],
    ['hooks require the guard', 'lib/hooks/timers.js', "const { start } = require('../guard/guard.js')"],
    ['hooks require the sampler', 'lib/hooks/timers.js', "const s = require('../guard/sampler.js')"],
    ['a format imports the report', 'lib/report/format/text.js', "const { e } = require('../leak-report.js')"],
    ['the command line goes below the API', 'lib/cli/main.js', "require('../guard/guard.js')"],
    ['lib requires the API', 'lib/guard/guard.js', "require('../../index.js')"],
    ['lib requires the package by its name', 'lib/guard/guard.js', "require('leakguard')"],
    ['the API names the command line', 'index.js', "require('./lib/cli/main.js')"],
    ['the ESM face goes past lib', 'index.mjs', "import x from './native.js'"],
    ['bin goes past the command line', 'bin/leakguard.js', "require('../index.js')"],
    ['a leaf requires the guard', 'lib/base/errors.js', "require('../guard/guard.js')"],
    ['a file in no room', 'lib/extra.js', "require('./base/errors.js')"],
    ['a room in no table', 'lib/extra/extra.js', "require('../base/errors.js')"],
    ['the heap requires the guard', 'lib/heap/heap.js', "require('../guard/guard.js')"],
    ['a report asks V8', 'lib/report/leak-report.js', "require('../v8/call-site.js')"],
    ['the guard has a clock of its own', 'lib/guard/guard.js', 'const startMs = performance.now()'],
    ['a measurement collects by itself', 'lib/measure/run.js', "v8.setFlagsFromString('--expose-gc')"],
    ['a message is cut', 'lib/findings/findings.js', 'const shown = finding.message.replace(from, to)'],
    ['a message is matched', 'lib/measure/explain.js', '/^listeners/.exec(finding.message)'],
    ['an edge is judged', 'lib/measure/explain.js', "path.some(({ edge }) => edge.startsWith('variable '))"],
    ['an edge is matched', 'lib/findings/findings.js', 'steps.find(({ edge }) => /^[.]/.test(edge))'],
    ['evidence is searched', 'lib/report/merge.js', "evidence.some((line) => line.includes('made at'))"],
    ['the guard requires assert', 'lib/guard/guard.js', "require('../measure/assert.js')"],
    ['a runtime dependency', 'lib/guard/guard.js', "const chalk = require('chalk')"],
    ['a builtin without its prefix', 'lib/guard/guard.js', "const fs = require('fs')"],
    ['a dynamic import', 'lib/report/format/text.js', "await import('../../guard/guard.js')"],
    [
      'an import after a regular expression',
      'lib/report/format/text.js',
      "const r = /[`'\"]/g\nrequire('../leak-report.js')\nf(/`/)"
    ]
  ]) {
    test(what, () => assert.ok(jsViolations({ [file]: source }).length > 0))
  }

  test('a circle', () => {
    const sources = {
      'lib/base/a.js': "require('./b')",
      'lib/base/b/index.js': "require('../c.js')",
      'lib/base/c.js': "require('./a.js')"
    }
    const circle = 'lib/base/a.js -> lib/base/b/index.js -> lib/base/c.js -> lib/base/a.js'
    assert.deepEqual(jsViolations(sources), [`imports in a circle: ${circle}`])
  })
})

describe('a JS source that keeps the rules is left alone', () => {
  for (const [what, file, source] of [
    ['the one importer of the loader', 'lib/base/native.js', "module.exports = require('../../native.js')"],
    [
      'comments and strings',
      'lib/report/format/text.js',
      "// require('../guard.js')\nconst s = \"require('../guard.js')\""
    ],
    ['program text in a template', 'lib/report/format/text.js', "const s = `\nrequire('../guard.js')`"],
    ['the command line on the API', 'lib/cli/commands/demo.js', "require('../../../index.js'); require('../help.js')"],
    ['the guard on hooks and sampler', 'lib/guard/guard.js', "require('../hooks/index.js'); require('./sampler.js')"],
    ['builtins', 'lib/guard/guard.js', "const timers = require('node:timers/promises')"]
  ]) {
    test(what, () => assert.deepEqual(jsViolations({ [file]: source }), []))
  }
})
