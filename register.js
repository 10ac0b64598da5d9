// @ts-check
// `node --import leakguard/register app.js` (or --require): starts the guard in this thread; worker threads inherit
// the flag and start theirs. Options come from the environment; nothing here may stop the program from starting.
'use strict'

const { env } = process
// Those of the assertions, the runners and captures too: a suite may be started with this preloaded.
const OTHERS = ['LEAKGUARD_CHECK', 'LEAKGUARD_UPDATE_BASELINE', 'LEAKGUARD_NO_FORK', 'LEAKGUARD_REPORT']
/** Variable -> option of start(), and how its text is read. @type {Record<string, [option: string, read: (text: string) => unknown]>} */
const OPTIONS = {
  LEAKGUARD_SITES: ['sites', String],
  LEAKGUARD_COLLECT: ['collect', String],
  LEAKGUARD_HISTORY_MS: ['historyMs', Number],
  LEAKGUARD_WATCHED: ['watched', String],
  LEAKGUARD_MEMORY: ['memory', String],
  LEAKGUARD_SAMPLE_MS: ['sampleMs', Number],
  LEAKGUARD_TIME_SCALE: ['timeScale', Number],
  // A child process has a file of its own.
  LEAKGUARD_RECORD: [
    'record',
    (text) => (process.send || env.LEAKGUARD_PARTS ? `${text}.process-${process.pid}` : text)
  ],
  LEAKGUARD_PROFILE: ['profile', String],
  LEAKGUARD_PROFILE_MS: ['profileMs', Number],
  LEAKGUARD_EXPLAIN: ['explain', String],
  LEAKGUARD_CAPTURE: ['capture', (folder) => ({ folder })],
  LEAKGUARD_ALLOW: ['allow', (text) => allowed(text)],
  LEAKGUARD_BASELINE: ['baseline', String]
}
/** What a guard does that nobody asks; LEAKGUARD_PARTS is set by the first process for its children. */
const UNATTENDED = ['LEAKGUARD_OUTPUT', 'LEAKGUARD_SIGNAL', 'LEAKGUARD_LAST_WORDS', 'LEAKGUARD_PARTS']
const KNOWN = ['LEAKGUARD_DISABLE', ...Object.keys(OPTIONS), ...UNATTENDED, ...OTHERS]

/** @param {string} message @param {string} [code] */
const warn = (message, code) => process.emitWarning(message, { type: 'LeakguardWarning', code })

/** Rules for fingerprints, separated by commas. @param {string} text */
const allowed = (text) => text.split(',').map((one) => require('./lib/allow.js').allow.fingerprint(one.trim()))

/** Throws for a signal that there is not. */
function unattended() {
  const signal = env.LEAKGUARD_SIGNAL || undefined
  if (signal && !Object.hasOwn(require('node:os').constants.signals, signal)) {
    throw new Error(`LEAKGUARD_SIGNAL must be the name of a signal, such as SIGUSR2, not ${signal}`)
  }
  const report = (env.LEAKGUARD_OUTPUT ?? '').split(',').filter(Boolean)
  return { report, signal, lastWords: env.LEAKGUARD_LAST_WORDS !== 'never' }
}

if (!/^(?:1|true)$/.test(env.LEAKGUARD_DISABLE ?? '')) {
  const unknown = Object.keys(env).filter((name) => name.startsWith('LEAKGUARD_') && !KNOWN.includes(name))
  if (unknown.length > 0) {
    warn(`leakguard does not know ${unknown.join(', ')}; it knows ${KNOWN.join(', ')}`, 'ERR_LEAKGUARD_UNKNOWN_OPTION')
  }
  try {
    /** @type {Record<string, unknown>} */
    const options = {}
    for (const [name, [option, read]] of Object.entries(OPTIONS)) {
      const text = env[name]
      if (text) options[option] = read(text)
    }
    // The rest of the package is loaded by who uses it.
    const guard = require('./lib/guard.js').start(options)
    // Worker threads are seen by the guard of the main thread.
    if (require('node:worker_threads').isMainThread) require('./lib/unattended.js').attend(guard, unattended())
  } catch (error) {
    warn(`leakguard does not run: ${error instanceof Error ? error.message : error}`, /** @type {any} */ (error)?.code)
  }
}
