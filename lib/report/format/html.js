// @ts-check
// Report -> one HTML page that needs nothing else: no request, no eval; what runs and what colours is named by its hash.
// What came from the program stands in a block of data and in escaped text, never in code.
'use strict'

const { createHash } = require('node:crypto')

/** @param {string} text */
const escapeText = (text) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

/** JSON that no HTML parser takes for a tag or a comment. @param {unknown} value */
const data = (value) =>
  JSON.stringify(value)
    .replace(/[<>&]/g, (c) => `\\u00${c.charCodeAt(0).toString(16)}`)
    .replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)

/** @param {string} text */
const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

/** @param {any} report as JSON @param {string} text the same for who runs no scripts */
function toHtml(report, text) {
  const { script, style } = require('./page.js')
  const policy = [
    "default-src 'none'",
    `script-src ${hash(script)}`,
    `style-src ${hash(style)}`,
    'img-src data:',
    "base-uri 'none'",
    "form-action 'none'"
  ].join('; ')
  const extra = { cwd: process.cwd() }
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="color-scheme" content="light dark">
<title>${escapeText(`leakguard: ${report.verdict}`)}</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<main id="page"></main>
<noscript><pre>${escapeText(text)}</pre></noscript>
<script type="application/json" id="report">${data({ ...report, ...extra })}</script>
<script>${script}</script>
</body>
</html>
`
}

module.exports = { toHtml }
