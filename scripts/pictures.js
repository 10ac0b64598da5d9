'use strict'
// @ts-check
// Knows how the pictures of the page in docs/ are made: the demo's report, as Chromium shows it, wide and narrow, light and dark.
// docs/pictures.json says of which page they are, and a test compares it with the one that is there: they never lag.
// Must not know what is on the page.
//
//   npm run pictures    needs Chromium (LEAKGUARD_CHROMIUM, or where it usually is)

const fs = require('node:fs')
const os = require('node:os')
const path = require('node:path')
const { pathToFileURL } = require('node:url')
const { createHash } = require('node:crypto')
const { root, say } = require('./lib/exec.js')
const { writeText } = require('./lib/files.js')
const { launch, noChromium } = require('../__test__/support/chromium.js')

const SECONDS = 8
/** @type {{ file: string, width: number, height: number, colorScheme: 'light' | 'dark' }[]} */
const PICTURES = [
  { file: 'docs/report.png', width: 1280, height: 720, colorScheme: 'light' },
  { file: 'docs/report-dark.png', width: 1280, height: 720, colorScheme: 'dark' },
  { file: 'docs/report-narrow.png', width: 400, height: 860, colorScheme: 'light' },
  { file: 'docs/report-narrow-dark.png', width: 400, height: 860, colorScheme: 'dark' }
]

/** What tells one page from another. */
function pageHash() {
  const { script, style } = require('../lib/report/format/page.js')
  return createHash('sha256').update(script).update(style).digest('hex')
}

/** The demo's report of the leaky server; of a host and a process that are nobody's. */
async function demoReport() {
  const { observe } = require('../lib/cli/demo/observe.js')
  const { LeakReport } = require('../index.js')
  const { json } = await observe(path.join(root, 'examples/leaky-server/src/server.js'), SECONDS)
  const { header } = json.details
  return LeakReport.from({ ...json, details: { ...json.details, header: { ...header, host: 'web-1', pid: 4242 } } })
}

async function main() {
  if (noChromium) throw new Error(String(noChromium))
  process.chdir(root)
  const html = (await demoReport()).render('html')
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'leakguard-pictures-'))
  const page = path.join(folder, 'report.html')
  fs.writeFileSync(page, html)
  const browser = await launch()
  try {
    for (const { file, width, height, colorScheme } of PICTURES) {
      const view = await browser.newPage({ viewport: { width, height }, colorScheme })
      await view.goto(pathToFileURL(page).href)
      await view.waitForSelector('footer')
      await view.screenshot({ path: path.join(root, file) })
      await view.close()
      say(`${file}: ${Math.round(fs.statSync(path.join(root, file)).size / 1000)} KB`)
    }
  } finally {
    await browser.close()
    fs.rmSync(folder, { recursive: true, force: true })
  }
  writeText(
    'docs/pictures.json',
    `{\n  "page": "${pageHash()}",\n  "files": [${PICTURES.map(({ file }) => `"${file}"`).join(', ')}]\n}\n`
  )
}

module.exports = { pageHash }
if (require.main === module)
  main().catch((error) => {
    say(error.message)
    process.exitCode = 1
  })
