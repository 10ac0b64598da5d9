'use strict'
// @ts-check
// Knows which test files belong to which of the three loops. Must not run any.

const { listFiles } = require('./files.js')

/**
 * Programs, suites, copies and browsers that are watched for seconds, one file at a time: `npm run test:live`. Of
 * those that draw what they run, `npm test` runs a slice too.
 */
const LIVE =
  /^__test__\/(workloads\.test|memory\/(ladder|worker)\.test|measure\/(clean|leaky|golden|contract|packages)\.test|cli\/demo\.test|heap\/(variants|fork|fork-soak)\.test|report\/browser\.test|env\/(jest|containers|unattended)\.test|metrics\/rules\.test|watch\/(lifecycles|incidents)\.test|runners\/(runners|circumstances|suite)\.test|package\/)/
/** Programs that run for seconds too, and that what is promised of a Node depends on: on the others with its contract. */
const PROGRAMS =
  /^__test__\/(env\/(faults|host|processes)|heap\/(failures|secrets|shared-memory)|cache\/weak|cli\/attach)\.test/
/** Live files that draw a small part of what they have where LEAKGUARD_TEST_ALL is not set. */
const SLICED = /^__test__\/(workloads|measure\/(clean|leaky))\.test/
/** What needs to hold on every Node: what V8, Node's modules or the addon make different. The rest is text and rules. */
const EVERY_NODE = /^__test__\/(api|cache|env|heap|memory|measure|pprof|watch|web)\//

const all = () => listFiles('__test__', (file) => file.endsWith('.test.js'))
/** @param {string} file */
const isLive = (file) => LIVE.test(file) || PROGRAMS.test(file)

/** What one runs after each edit. */
const quick = () => all().filter((file) => !isLive(file))
/** Live files of which a slice is run with the quick ones. */
const sliced = () => all().filter((file) => SLICED.test(file))
const live = () => all().filter(isLive)
const programs = () => all().filter((file) => PROGRAMS.test(file))
/** What runs on the other Nodes too, and of which live files a slice. */
const contract = () => all().filter((file) => EVERY_NODE.test(file) && !LIVE.test(file))

module.exports = { all, contract, isLive, live, programs, quick, sliced }
