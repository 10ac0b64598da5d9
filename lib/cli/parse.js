// @ts-check
// Options and positionals of one command, or a UsageError that names the right option.
// Knows how arguments are written, not what they mean.

'use strict'

const { parseArgs } = require('node:util')
const { UsageError, meant } = require('./errors.js')
const { nearest } = require('../base/nearest.js')

/** @type {Record<string, import('./main.js').OptionSpec>} */
const common = { help: { type: 'boolean', short: 'h', help: 'Show this help' } }

/**
 * @param {string} name of the command
 * @param {import('./main.js').Command} command
 * @param {string[]} argv
 * @returns {import('./main.js').Input}
 */
function parse(name, command, argv) {
  const specs = { ...command.options, ...common }
  if (command.isLauncher) return launcher(name, command, argv, specs)
  const options = Object.fromEntries(
    Object.entries(specs).map(([key, { type, short }]) => [key, short ? { type, short } : { type }])
  )
  // Not strict, for its messages differ between versions of Node and name no other option.
  const parsed = parseArgs({ args: argv, options, strict: false, allowPositionals: true, tokens: true })
  for (const token of parsed.tokens) {
    if (token.kind === 'option') checkOption(name, specs, token)
    if (token.kind === 'positional' && !command.positionals) {
      throw new UsageError(`${name} takes no argument, but got ${token.value}`, name)
    }
  }
  return /** @type {import('./main.js').Input} */ ({ options: parsed.values, positionals: parsed.positionals })
}

/** Options of Node that take the next argument for their value. */
const NODE_TAKES_NEXT = new Set(
  `-r --require --import --loader --experimental-loader -C --conditions -e --eval -p --print -pe --env-file
  --env-file-if-exists --input-type --experimental-default-type --title --icu-data-dir --openssl-config --watch-path
  --disable-warning --dns-result-order --diagnostic-dir --redirect-warnings --trace-event-categories --unhandled-rejections
  --inspect-port --test-name-pattern --test-reporter --test-reporter-destination --heapsnapshot-signal --cpu-prof-dir
  --cpu-prof-name --heap-prof-dir --heap-prof-name --secure-heap --tls-cipher-list --max-http-header-size`.split(/\s+/)
)
/** Options of Node that no environment may set, so that Node does not list them. */
const NODE_ALONE =
  /^(?:-[epcisrC]|-pe|--(?:eval|print|check|interactive|test.*|watch.*|env-file.*|expose[-_]gc|run|v8-options|cpu-prof.*|heap-prof.*|prof.*))$/

/**
 * Options end at the first argument that is none: the rest is the program's that is launched. Between ours may stand Node's;
 * an unknown one is left to Node to refuse, unless it is nearly one of ours.
 * @param {string} name @param {import('./main.js').Command} command @param {string[]} argv
 * @param {Record<string, import('./main.js').OptionSpec>} specs
 */
function launcher(name, command, argv, specs) {
  /** @type {string[]} */
  const ours = []
  /** @type {string[]} */
  const nodes = []
  let at = 0
  while (at < argv.length && argv[at].startsWith('-') && argv[at] !== '--') {
    const [word] = argv[at].split('=', 1)
    const isNodes = isOfNode(word, specs)
    const takesNext =
      word === argv[at] && (isNodes ? NODE_TAKES_NEXT.has(word) : specOf(word, specs)?.type === 'string')
    const taken = argv.slice(at, at + (takesNext ? 2 : 1))
    ;(isNodes ? nodes : ours).push(...taken)
    at += taken.length
  }
  const { options } = parse(name, { ...command, isLauncher: false }, ours)
  return { options, nodeArgs: nodes, positionals: argv.slice(argv[at] === '--' ? at + 1 : at) }
}

/** @param {string} word @param {Record<string, import('./main.js').OptionSpec>} specs */
function specOf(word, specs) {
  const name = word.replace(/^--/, '')
  if (word.startsWith('--') && Object.hasOwn(specs, name)) return specs[name]
  return Object.values(specs).find(({ short }) => short && word === `-${short}`)
}

/** @param {string} word @param {Record<string, import('./main.js').OptionSpec>} specs */
function isOfNode(word, specs) {
  if (specOf(word, specs)) return false
  if (NODE_ALONE.test(word) || process.allowedNodeEnvironmentFlags.has(word)) return true
  return (
    nearest(
      word,
      Object.keys(specs).map((key) => `--${key}`)
    ) === undefined
  )
}

/**
 * @param {string} command
 * @param {Record<string, import('./main.js').OptionSpec>} specs
 * @param {{ name: string, rawName: string, value?: string, inlineValue?: boolean }} token
 */
function checkOption(command, specs, token) {
  const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined
  if (!spec) {
    const known = Object.keys(specs).map((key) => `--${key}`)
    throw new UsageError(`unknown option ${token.rawName}${meant(token.rawName, known)}`, command)
  }
  if (spec.type === 'boolean' && token.value !== undefined) {
    throw new UsageError(`${token.rawName} takes no value, but got ${token.value}`, command)
  }
  const isMissing = token.value === undefined || (!token.inlineValue && token.value.startsWith('--'))
  if (spec.type === 'string' && isMissing) {
    throw new UsageError(`${token.rawName} needs a value: ${token.rawName} ${spec.value}`, command)
  }
}

module.exports = { NODE_TAKES_NEXT, common, parse }
