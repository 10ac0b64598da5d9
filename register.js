// @ts-check
// `node --import leakguard/register app.js` (or --require): starts the guard in this thread; worker threads inherit
// the flag and start theirs. Options come from the environment; nothing here may stop the program from starting.
'use strict'

const { LEAKGUARD_DISABLE, LEAKGUARD_SITES, LEAKGUARD_HISTORY_MS } = process.env

if (LEAKGUARD_DISABLE !== '1') {
  /** @type {Record<string, unknown>} */
  const options = {}
  if (LEAKGUARD_SITES) options.sites = LEAKGUARD_SITES
  if (LEAKGUARD_HISTORY_MS) options.historyMs = Number(LEAKGUARD_HISTORY_MS)
  try {
    require('./index.js').start(options)
  } catch (error) {
    process.emitWarning(`leakguard does not run: ${error instanceof Error ? error.message : error}`, {
      code: /** @type {any} */ (error)?.code,
      type: 'LeakguardWarning'
    })
  }
}
