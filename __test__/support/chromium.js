'use strict'
// @ts-check
// Knows where a Chromium may be, and starts it without a network. Tests skip clearly where there is none.

const fs = require('node:fs')

const USUAL = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe'
]

/** @returns {string | undefined} the program; LEAKGUARD_CHROMIUM comes first, and '0' means none */
function findChromium() {
  const named = process.env.LEAKGUARD_CHROMIUM
  if (named === '0') return
  return [...(named ? [named] : []), ...USUAL].find((file) => fs.existsSync(file))
}

/** Why a test that needs one is skipped, or false. */
const noChromium = findChromium() ? false : 'no Chromium here: install one, or name it with LEAKGUARD_CHROMIUM'

/** @returns {Promise<any>} a browser of playwright-core */
function launch() {
  const { chromium } = require('playwright-core')
  // As root, in containers, its own sandbox does not start; the pages are ours and have no network.
  const args = ['--no-sandbox', '--disable-gpu', '--host-resolver-rules=MAP * ~NOTFOUND']
  return chromium.launch({ executablePath: findChromium(), args })
}

module.exports = { launch, noChromium }
