// @ts-check
// What retains the objects, drawn as a chain from the root: steps inside of Node or of a package are folded.

import { isOwn } from '../lib/report/format/own-code.js'
import { h } from './dom.mjs'
import { placeOf, shorten } from './format.mjs'

/** Steps that are written out. */
const STEPS_MAX = 1000
/** Fewer are not worth a fold. */
const FOLD_MIN = 2

/** Which steps a person would change: those at the place of the culprit, and the variable that is called like it. @param {any} step @param {any} culprit */
function isSuspect(step, culprit) {
  const isThere = step.file !== undefined && step.file === culprit.file && step.line === culprit.line
  return isThere || (culprit.name !== undefined && [step.link?.name, step.link?.of].includes(culprit.name))
}

/**
 * Whether each step leads from one thing of Node's, of V8's or of a package's to the next one: nobody changes it. What has no
 * place is of where it is reached from.
 * @param {any[]} path @returns {boolean[]}
 */
function foreignSteps(path) {
  let isForeign = true
  return path.map((step) => {
    const wasForeign = isForeign
    if (step.file !== undefined) isForeign = !isOwn(step.file)
    return wasForeign && isForeign
  })
}

/** Runs of steps: those that are shown, and those that are folded. @param {any} finding @returns {{ isFolded: boolean, steps: any[] }[]} */
function runsOf({ retainerPath, culprit }) {
  const steps = retainerPath.slice(0, STEPS_MAX)
  const foreign = foreignSteps(steps)
  /** @type {{ isFolded: boolean, steps: any[] }[]} */
  const runs = []
  steps.forEach((/** @type {any} */ step, /** @type {number} */ i) => {
    const isFolded = foreign[i] && i < steps.length - 1 && !isSuspect(step, culprit)
    const last = runs[runs.length - 1]
    if (last?.isFolded === isFolded) last.steps.push(step)
    else runs.push({ isFolded, steps: [step] })
  })
  return runs.map((run) => (run.steps.length < FOLD_MIN ? { ...run, isFolded: false } : run))
}

/** The last thing on the way that the program itself leads to. @param {any[]} path @returns {any} */
export function ownStep(path) {
  const foreign = foreignSteps(path)
  return path.findLast(({ link }, i) => i < path.length - 1 && !foreign[i] && link?.name)
}

/** What leads to a step, or else what it is. @param {any} step */
const nameOf = ({ link, name }) => (link?.name && link.type !== 'scope' ? shorten(link.name) : name)

/** In one line, without what is folded. @param {any} finding */
export function pathLine(finding) {
  const end = finding.retainerPath[Math.min(STEPS_MAX, finding.retainerPath.length) - 1]
  const steps = runsOf(finding).flatMap(({ isFolded, steps: of }) =>
    isFolded ? ['…'] : of.map((step) => (step === end ? step.name : nameOf(step)))
  )
  const shown = steps.length > 7 ? [...steps.slice(0, 3), '…', ...steps.slice(-3)] : steps
  return shown.filter((name, i) => name !== '…' || shown[i - 1] !== '…').join(' › ')
}

/** @param {any} step @param {any} culprit @param {boolean} isLast @param {string} told a place that stands above */
function stepOf(step, culprit, isLast, told) {
  const place = placeOf(step)
  return h(
    `li${isSuspect(step, culprit) ? '.suspect' : ''}${isLast ? '.leaked' : ''}`,
    {},
    h('span.edge', {}, h('code', {}, shorten(step.edge))),
    h('span.node', {}, h('code', {}, step.name), isLast ? h('span.tag', {}, 'leaks') : ''),
    place && place !== told ? h('span.place', {}, h('code', {}, place)) : ''
  )
}

/** @param {any[]} steps */
function placesOf(steps) {
  const packages = steps.flatMap(
    ({ file }) => /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)/.exec(file ?? '')?.[1] ?? []
  )
  return packages.length > 0 ? [...new Set(packages)].join(', ') : 'Node.js'
}

/** @param {any} finding */
export function chain(finding) {
  const { culprit, retainerPath } = finding
  const end = Math.min(STEPS_MAX, retainerPath.length) - 1
  let at = -1
  let told = ''
  const draw = (/** @type {any} */ step) => {
    at++
    const drawn = stepOf(step, culprit, at === end, told)
    told = placeOf(step) || told
    return drawn
  }
  const runs = runsOf(finding).map(({ isFolded, steps }) => {
    const drawn = steps.map(draw)
    if (!isFolded) return drawn
    const summary = h('summary', {}, `${steps.length} steps inside ${placesOf(steps)}`)
    return [h('li.folded', {}, h('details', {}, summary, h('ol.chain', {}, ...drawn)))]
  })
  return h('ol.chain', {}, ...runs.flat())
}
