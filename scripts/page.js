'use strict'
// @ts-check
// Knows how the page of HTML reports is made: page/ and the plotting library as one script and one style, minified,
// as strings of a module (lib/report/format/page.js), so that bundlers of applications take it along.
// Must not know what a report is. `--check` writes nothing and fails where the committed file is not what this makes.
//
//   npm run page

const path = require('node:path')
const { root, say } = require('./lib/exec.js')
const { readOr, writeText } = require('./lib/files.js')

const target = 'lib/report/format/page.js'

/** @returns {Promise<string>} the module */
async function build() {
  const { build: bundle } = require('esbuild')
  const { outputFiles } = await bundle({
    entryPoints: [path.join(root, 'page/main.mjs')],
    bundle: true,
    minify: true,
    write: false,
    outdir: 'out',
    format: 'iife',
    target: ['chrome111', 'firefox113', 'safari16.4'],
    charset: 'ascii',
    legalComments: 'none'
  })
  const text = (/** @type {string} */ ending) => {
    const found = outputFiles.find((file) => file.path.endsWith(ending))?.text ?? ''
    // Neither may end the element it stands in.
    if (/<\/(?:script|style)|<!--/i.test(found))
      throw new Error(`the page's ${ending} must not hold </script, </style or <!--`)
    return found.trim()
  }
  const licence = String(readOr('node_modules/uplot/LICENSE', '')).trim()
  if (!licence) throw new Error('node_modules/uplot/LICENSE is missing: npm install')
  const notice = [
    `Holds uPlot ${require('uplot/package.json').version} (https://github.com/leeoniya/uPlot):`,
    '',
    ...licence.split(/\r?\n/)
  ]
  const comment = notice.map((line) => `// ${line}`.trimEnd()).join('\n')
  return `// Made by scripts/page.js from page/, never edited.\n${comment}\n'use strict'\n\nexports.script = ${JSON.stringify(text('.js'))}\nexports.style = ${JSON.stringify(text('.css'))}\n`
}

async function main() {
  const made = await build()
  const isFresh = String(readOr(target, '')) === made
  if (process.argv.includes('--check')) {
    if (!isFresh) say(`${target} is not what scripts/page.js makes: npm run page`)
    process.exitCode = isFresh ? 0 : 1
  } else if (!isFresh) writeText(target, made)
}

main()
