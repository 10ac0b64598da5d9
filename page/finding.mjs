// @ts-check
// One finding in full: the line, what it rests on, what to do, and the path that keeps it, drawn as a chain.

import { ownCode } from '../lib/report/format/own-code.js'
import { copyButton, h } from './dom.mjs'
import { amount, placeOf, shorten } from './format.mjs'

/** Lines of evidence and steps that are written out. */
const LINES_MAX = 1000

/** @param {any} finding */
export function details(finding) {
  const { culprit, evidence, advice, retainerPath, fingerprint, confidence, kind, message } = finding
  const place = placeOf(culprit)
  return h(
    'article.finding',
    { 'aria-label': place || kind },
    h(
      'header',
      {},
      h('p.what', {}, h(`span.confidence.${confidence}`, {}, confidence), ` ${kind}`),
      h('h3', {}, place ? h('code', {}, place) : (culprit.name ?? kind), place ? copyButton(`${place}`) : ''),
      culprit.function ? h('p.note', {}, 'in ', h('code', {}, culprit.function)) : ''
    ),
    ownLine(finding),
    h('p', {}, shorten(message)),
    h('p.fix', {}, h('strong', {}, 'Fix. '), advice),
    rates(finding),
    retainerPath && retainerPath.length > 0 ? chain(finding) : '',
    h('h4', {}, 'Evidence'),
    h(
      'ul.evidence',
      {},
      ...evidence.slice(0, LINES_MAX).map((/** @type {string} */ line) => h('li', {}, shorten(line)))
    ),
    h('p.note', {}, 'Fingerprint ', h('code', {}, fingerprint))
  )
}

/** Where the program's own code meets a package that leaks. @param {any} finding */
export function ownLine(finding) {
  const own = ownCode(finding)
  return own ? h('p.own', {}, 'Your code: ', h('code', {}, placeOf(own)), `, ${own.what}`) : ''
}

/** @param {any} finding */
function rates({ growth }) {
  const { unit, total, perOperation, perHour } = growth
  /** @type {[string, string][]} */
  const rows = [['Grew by', `${amount(total, unit)}${unit === 'count' ? '' : ''}`]]
  if (perOperation !== undefined) rows.push(['Each operation', amount(perOperation, unit)])
  if (perHour !== undefined && perHour > 0) rows.push(['An hour', amount(perHour, unit)])
  return h('dl.rates', {}, ...rows.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))))
}

/** Which steps a person would change: those at the place of the culprit, and the variable that is called like it. @param {any} step @param {any} culprit */
function isSuspect(step, culprit) {
  const isThere = step.file !== undefined && step.file === culprit.file && step.line === culprit.line
  return isThere || (culprit.name !== undefined && [step.link?.name, step.link?.of].includes(culprit.name))
}

/** @param {any} finding */
function chain({ retainerPath, culprit }) {
  const steps = retainerPath.slice(0, LINES_MAX).map((/** @type {any} */ step, /** @type {number} */ i) => {
    const isLast = i === Math.min(LINES_MAX, retainerPath.length) - 1
    const place = placeOf(step)
    return h(
      `li${isSuspect(step, culprit) ? '.suspect' : ''}${isLast ? '.leaked' : ''}`,
      {},
      h('span.edge', {}, h('code', {}, shorten(step.edge))),
      h('span.node', {}, h('code', {}, step.name), isLast ? h('span.tag', {}, 'leaks') : ''),
      place ? h('span.place', {}, h('code', {}, place)) : ''
    )
  })
  return h('div.path', {}, h('h4', {}, 'What keeps it'), h('ol.chain', {}, ...steps))
}
