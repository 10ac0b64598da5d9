// @ts-check
// What this process runs, as reports may tell it: the program's name, and its command line without what may be private. Knows
// arguments and paths, no report.
'use strict'

const os = require('node:os')
const path = require('node:path')
const { scriptName } = require('./script-name.js')

// Taken when the file loads: a program may change them later.
const { argv, execArgv } = process
/** Of a name, and of a command line, in characters. */
const NAME_MAX = 100
const COMMAND_MAX = 400
/** Longer numbers may be those of a card or an account. */
const DIGITS_MAX = 5
/** A word that is as long and mixes digits or cases may be a key. */
const KEY_MIN = 16

/** Instead of what may be private. */
const HIDDEN = '…'
/** Options of Node whose value is a program. */
const EVAL = /^(?:-e|-p|-pe|--eval|--print)$/
const EVALUATES = /^(?:-e|-p|-pe|--eval|--print)(?:=|$)/
const SECRET = /pass|pwd|secret|token|key|auth|cred|cookie|session|dsn|jwt|bearer|private|user|login|mail/i

/** @param {string} text */
const looksLikeKey = (text) =>
  text
    .split(/[^A-Za-z0-9]+/)
    .some((part) => part.length >= KEY_MIN && (/\d.*[a-z]|[a-z].*\d/i.test(part) || /[A-Z].*[A-Z]/.test(part)))

/** Folders of the user's home begin with `~`. @param {string} text */
function withoutHome(text) {
  const home = os.homedir()
  const isIn = home.length > 1 && (text === home || text.startsWith(home + path.sep))
  return isIn ? `~${text.slice(home.length)}` : text
}

/** A value that tells how a program was started, and no secret: a number, a switch, a file, a place without a password. @param {string} value */
function shownValue(value) {
  if (/^[a-z][a-z\d+.-]+:\/\//i.test(value)) return /^file:/i.test(value) ? scriptName(value) : HIDDEN
  if (/^\d+$/.test(value)) return value.length <= DIGITS_MAX ? value : HIDDEN
  if (/^(?:true|false|yes|no|on|off)$/i.test(value)) return value
  const isFile = /^(?:[.~]{0,2}[\\/]|[a-z]:[\\/])/i.test(value) || /[\w-]\.[a-z]\w{0,4}$/i.test(value)
  return isFile && /^(?:[a-z]:)?[\w\\/.~+@ -]+$/i.test(value) && !/\w@/.test(value) && !looksLikeKey(value)
    ? withoutHome(value)
    : HIDDEN
}

/** One that is no value of the one before. @param {string} option */
function shownOption(option) {
  const at = option.indexOf('=')
  const [name, value] = at < 0 ? [option, undefined] : [option.slice(0, at), option.slice(at + 1)]
  if (!/^--?[a-z][\w-]*$/i.test(name) || looksLikeKey(name)) return HIDDEN
  if (value === undefined) return shortened(name)
  return `${name}=${SECRET.test(name) ? HIDDEN : shownValue(value)}`
}

/** @param {string[]} args @param {RegExp} [hidesNext] options whose next argument is not shown */
function shownArgs(args, hidesNext) {
  return args.map((arg, i) => {
    if (arg.startsWith('-')) return shownOption(arg)
    const before = i > 0 && args[i - 1].startsWith('-') && !args[i - 1].includes('=') ? args[i - 1] : ''
    if (before !== '' && (SECRET.test(before) || hidesNext?.test(before))) return HIDDEN
    // What a program is asked to do.
    return i === 0 && /^[a-z][a-z:-]{0,20}$/.test(arg) ? arg : shownValue(arg)
  })
}

/** A value may be glued to an option of one letter. @param {string} name */
const shortened = (name) => (name.startsWith('--') || name.length <= 3 ? name : `${name.slice(0, 2)}${HIDDEN}`)

/** With code on the command line the first argument is no script. */
const hasScript = () => !execArgv.some((word) => EVALUATES.test(word))

/** The script: a file of a package, or a name alone; '' where there is none. */
function programName() {
  try {
    const file = ((hasScript() && argv[1]) || '').split(path.sep).join('/')
    const [, ofPackage] = /.*\/node_modules\/(?:\.bin\/)?(.+)$/.exec(file) ?? []
    return (ofPackage ?? path.posix.basename(file)).slice(0, NAME_MAX)
  } catch {
    return ''
  }
}

/** As it was started, in so far as that is nobody's secret. @param {{ script?: string, node?: string[], args?: string[] }} [parts] */
function commandLine({
  script = hasScript() ? argv[1] : '',
  node = execArgv,
  args = argv.slice(hasScript() ? 2 : 1)
} = {}) {
  try {
    const words = ['node', ...shownArgs(node, EVAL), ...(script ? [withoutHome(script)] : []), ...shownArgs(args)]
    return words.join(' ').slice(0, COMMAND_MAX)
  } catch {
    return ''
  }
}

module.exports = { commandLine, programName }
