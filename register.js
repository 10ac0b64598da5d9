// @ts-check
// `node --import leakguard/register app.js` (or --require): starts the guard in this thread; worker threads inherit
// the flag and start theirs. Options come from the environment; nothing here may stop the program from starting.
'use strict'

const { LEAKGUARD_DISABLE, LEAKGUARD_SITES, LEAKGUARD_COLLECT, LEAKGUARD_HISTORY_MS } = process.env
// Those of the assertions and the runners too: a suite may be started with this preloaded.
const OTHERS = ['LEAKGUARD_CHECK', 'LEAKGUARD_UPDATE_BASELINE']
const KNOWN = ['LEAKGUARD_DISABLE', 'LEAKGUARD_SITES', 'LEAKGUARD_COLLECT', 'LEAKGUARD_HISTORY_MS', ...OTHERS]

/** @param {string} message @param {string} [code] */
const warn = (message, code) => process.emitWarning(message, { type: 'LeakguardWarning', code })

if (!/^(?:1|true)$/.test(LEAKGUARD_DISABLE ?? '')) {
  const unknown = Object.keys(process.env).filter((name) => name.startsWith('LEAKGUARD_') && !KNOWN.includes(name))
  if (unknown.length > 0) {
    warn(`leakguard does not know ${unknown.join(', ')}; it knows ${KNOWN.join(', ')}`, 'ERR_LEAKGUARD_UNKNOWN_OPTION')
  }
  /** @type {Record<string, unknown>} */
  const options = {}
  if (LEAKGUARD_SITES) options.sites = LEAKGUARD_SITES
  if (LEAKGUARD_COLLECT) options.collect = LEAKGUARD_COLLECT
  if (LEAKGUARD_HISTORY_MS) options.historyMs = Number(LEAKGUARD_HISTORY_MS)
  try {
    require('./index.js').start(options)
  } catch (error) {
    warn(`leakguard does not run: ${error instanceof Error ? error.message : error}`, /** @type {any} */ (error)?.code)
  }
}
