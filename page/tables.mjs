// @ts-check
// Plain tables of few rows: what leaks, classes that gained, what should be gone, what may explain memory.

import { isOwn, lineToChange } from '../lib/report/format/own-code.js'
import { h, section } from './dom.mjs'
import { bytes, change, count, placeOf } from './format.mjs'
import { rungOf } from './names.mjs'
import { ownStep } from './path.mjs'

/** Rows of a table that are written out. */
const ROWS_MAX = 200
/** Classes that are told at once. */
const CLASSES_MAX = 10

/**
 * @param {string} label @param {{ title: string, isNumber?: boolean, cell: (row: any) => Node | string }[]} columns @param {any[]} rows
 */
export function plainTable(label, columns, rows) {
  const heads = columns.map(({ title, isNumber }) => h(`th${isNumber ? '.number' : ''}`, { scope: 'col' }, title))
  const cells = (/** @type {any} */ row) =>
    columns.map(({ cell, isNumber }, i) =>
      i === 0 ? h('th', { scope: 'row' }, cell(row)) : h(`td${isNumber ? '.number' : ''}`, {}, cell(row))
    )
  const body = rows.slice(0, ROWS_MAX).map((row) => h('tr', {}, ...cells(row)))
  const table = h(
    'table.plain',
    {},
    h('caption.hidden', {}, label),
    h('thead', {}, h('tr', {}, ...heads)),
    h('tbody', {}, ...body)
  )
  return h('div.scroll', {}, table)
}

/** What retains it, as the finding has it, or else the last thing on the path that the program has a name for. @param {any} finding */
function holderText({ kind, holder = {}, retainerPath = [], culprit }) {
  const { class: of, name } = holder
  const known = [of, name && `'${name}'`].filter(Boolean).join(' ')
  if (known) return known
  const named = ownStep(retainerPath)
  if (named) return `${named.name} '${named.link.name}'`
  // What a timer is called is no holder of it.
  return (kind === 'timer' ? undefined : culprit.name) ?? retainerPath[0]?.name ?? ''
}

/** Its own line, or else the one to change. @param {any} finding @param {any} last */
const madeAt = (finding, last) => placeOf((isOwn(last?.file) ? last : lineToChange(finding)) ?? {})

/** What a heap showed of what leaks, by finding. @param {any[]} findings */
export function leakedOf(findings) {
  const rows = findings.filter(({ retainerPath, frees }) => retainerPath?.length > 0 || frees)
  if (rows.length === 0) return ''
  const last = (/** @type {any} */ { retainerPath }) => retainerPath?.[retainerPath.length - 1]
  const columns = [
    { title: 'Object', cell: (/** @type {any} */ one) => last(one)?.name ?? one.subject?.class ?? one.kind },
    { title: 'Retained by', cell: holderText },
    { title: 'Made at', cell: (/** @type {any} */ one) => h('code', {}, madeAt(one, last(one))) },
    {
      title: 'More',
      isNumber: true,
      cell: (/** @type {any} */ { growth }) => change(growth.total, growth.unit)
    },
    {
      title: 'A cut frees',
      isNumber: true,
      cell: (/** @type {any} */ { frees }) => (frees ? `${count(frees.count)} (${bytes(frees.bytes)})` : '')
    }
  ]
  const note = 'What gained between heaps, or stays, and what cutting its holder off would free.'
  return section('leaked', 'Leaked objects', note, plainTable('Leaked objects', columns, rows))
}

/** Classes of the last heap, and how they changed since the first one. @param {any[] | undefined} classes */
export function classesOf(classes) {
  if (!classes?.length) return ''
  const columns = [
    { title: 'Class', cell: (/** @type {any} */ { name }) => h('code', {}, name) },
    { title: 'Objects', isNumber: true, cell: (/** @type {any} */ one) => count(one.count) },
    { title: '+ / −', isNumber: true, cell: (/** @type {any} */ one) => change(one.countChange, 'count') },
    { title: 'Bytes + / −', isNumber: true, cell: (/** @type {any} */ one) => change(one.bytesChange, 'bytes') }
  ]
  const [first, rest] = [classes.slice(0, CLASSES_MAX), classes.slice(CLASSES_MAX)]
  const more =
    rest.length > 0 &&
    h('details.more', {}, h('summary', {}, `${rest.length} more`), plainTable('More classes', columns, rest))
  const title = h('h3', {}, 'Classes, since the first heap')
  return h('div.classes', {}, title, plainTable('Classes that changed most', columns, first), more)
}

/** @param {any[] | undefined} lifecycles */
export function lifecyclesOf(lifecycles) {
  if (!lifecycles?.some(({ retained }) => retained > 0)) return ''
  const keys = /** @type {const} */ (['begun', 'followed', 'over', 'retained', 'collected'])
  const columns = [
    { title: 'Kind', cell: (/** @type {any} */ { kind }) => kind },
    ...keys.map((key) => ({
      title: key[0].toUpperCase() + key.slice(1),
      isNumber: true,
      cell: (/** @type {any} */ one) => count(one[key])
    }))
  ]
  const note =
    'Requests, sockets, streams, processes and threads, of which a few are followed. Retained: over, and alive after two major GCs.'
  return section('lifecycles', 'Should be gone', note, plainTable('Should be gone', columns, lifecycles))
}

/** @param {any[] | undefined} rungs */
export function rungsOf(rungs) {
  if (!rungs?.length) return ''
  const columns = [
    { title: 'Step', cell: (/** @type {any} */ { rung }) => rungOf(rung)[0] },
    { title: 'What it does', cell: (/** @type {any} */ { rung }) => rungOf(rung)[1] },
    {
      title: 'Here',
      cell: (/** @type {any} */ { available, why }) => (available ? 'when a suspicion stands' : `no: ${why ?? ''}`)
    }
  ]
  const note = 'What leakguard may do in this process once memory is suspected, cheapest first.'
  return section('rungs', 'How memory is explained', note, plainTable('How memory is explained', columns, rungs))
}
