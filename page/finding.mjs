// @ts-check
// One finding: the line with its code, what happens there, what to do, how it grew; what retains it and what it rests on
// can be opened.

import { lineToChange } from '../lib/report/format/own-code.js'
import { code } from './code.mjs'
import { copyButton, h } from './dom.mjs'
import { amount, duration, placeOf, rate, shorten } from './format.mjs'
import { thingOf } from './names.mjs'
import { chain, pathLine } from './path.mjs'
import { plot } from './plot.mjs'

/** Lines of evidence that are written out. */
const LINES_MAX = 1000
const SAMPLES_MAX = 5
/** Of a plot beside the words. */
const HEIGHT_PX = 130

/**
 * @typedef {object} Context what a finding is shown with
 * @property {any[]} sources
 * @property {(finding: any) => any} seriesOf
 * @property {(finding: any) => number | undefined} spanOf seconds in which it was seen
 * @property {(drawn: { element: HTMLElement, draw: () => void, resize: () => void }) => void} drawn
 */

/** What a finding is called: its line, or else what it is of. @param {any} finding */
export function nameOf(finding) {
  const { culprit, kind } = finding
  return placeOf(lineToChange(finding) ?? {}) || (culprit.name && thingOf(culprit.name)) || kind
}

/** @param {any} finding @param {Context} context @param {{ isOpen?: boolean, name?: HTMLElement }} [options] `name`: what leads elsewhere */
export function details(finding, context, { isOpen = false, name } = {}) {
  const { evidence, advice, retainerPath, fingerprint, confidence, kind, message, culprit } = finding
  const change = lineToChange(finding)
  const place = placeOf(change ?? {})
  const known = change?.file ?? culprit.file
  const isPath = retainerPath && retainerPath.length > 0
  const lines = evidence.slice(0, LINES_MAX).map((/** @type {string} */ line) => h('li', {}, shorten(line, known)))
  return h(
    'article.finding',
    { 'aria-label': nameOf(finding) },
    h(
      'header',
      {},
      h('h3', {}, h('span.line', {}, name ?? h('code', {}, nameOf(finding))), place ? copyButton(place) : ''),
      h('p.what', {}, h(`span.confidence.${confidence}`, {}, confidence), ` ${kind}`, whereIn(change, culprit))
    ),
    h(
      'div.answer',
      {},
      h(
        'div.words',
        {},
        h('p', {}, shorten(message, known)),
        h('p.fix', {}, h('strong', {}, 'Fix. '), advice),
        rates(finding, context)
      ),
      pictures(finding, context)
    ),
    samplesOf(finding),
    isPath &&
      h(
        'details.more',
        { open: isOpen },
        h('summary', {}, 'What retains it', h('span.note', {}, ` ${pathLine(finding)}`)),
        chain(finding)
      ),
    h(
      'details.more',
      { open: isOpen },
      h('summary', {}, `Evidence`, h('span.note', {}, ` ${lines.length} line${lines.length === 1 ? '' : 's'}`)),
      h('ul.evidence', {}, ...lines),
      h('p.note', {}, 'Fingerprint ', h('code', {}, fingerprint))
    )
  )
}

/** The function, what the line is to a package, and the package's line. @param {any} change @param {any} culprit */
function whereIn(change, culprit) {
  const parts = [
    change?.function && h('span', {}, ' in ', h('code', {}, change.function)),
    change?.what && h('span', {}, `, ${change.what}`),
    culprit.file && culprit.file !== change?.file && h('span', {}, ', in a package: ', h('code', {}, placeOf(culprit)))
  ]
  return h('span', {}, ...parts)
}

/** The code, and how it grew. @param {any} finding @param {Context} context */
function pictures(finding, context) {
  const parts = [code(finding, context.sources), plotOf(finding, context)].filter((part) => part !== '')
  return parts.length > 0 && h('div.pictures', {}, ...parts)
}

/** @param {any} finding @param {Context} context */
function plotOf(finding, { seriesOf, drawn }) {
  const series = seriesOf(finding)
  if (!series) return ''
  const one = plot(series, { title: 'How it grew', heightPx: HEIGHT_PX })
  drawn(one)
  return one.element
}

/** @param {any} finding @param {Context} context */
function rates(finding, { spanOf, seriesOf }) {
  const { growth, frees } = finding
  const { unit, total } = growth
  const spanS = spanOf(finding)
  // Without a series it was seen for less time than that, or in a share of the objects.
  const isSeen = spanS !== undefined && spanS > 0 && seriesOf(finding)?.x === 'seconds'
  /** @type {[string, string][]} */
  const rows = [['Grew by', `${amount(total, unit)}${isSeen ? ` in ${duration(spanS)}` : ''}`]]
  const speed = rate(growth, spanS)
  if (speed) rows.push(['Rate', speed])
  if (frees) rows.push(['Cutting it off frees', amount(frees.bytes, 'bytes')])
  return h('dl.rates', {}, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))))
}

/** Some of what leaks, where the report has it. @param {any} finding */
function samplesOf({ samples }) {
  if (!Array.isArray(samples) || samples.length === 0) return ''
  const text = (/** @type {any} */ one) => (typeof one === 'string' ? one : JSON.stringify(one))
  const items = samples.slice(0, SAMPLES_MAX).map((one) => h('li', {}, h('code', {}, text(one))))
  return h('div.samples', {}, h('h4', {}, 'Some of what leaks'), h('ul', {}, ...items))
}
