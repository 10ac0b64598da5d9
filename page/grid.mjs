// @ts-check
// A table of any number of rows that sorts, filters and goes by keyboard. Only rows in sight are in the document.

import { h } from './dom.mjs'

const ROW_PX = 44
/** Of the heads, which stay in sight. */
const HEAD_PX = 36
const AROUND = 6
/** On paper, where nothing scrolls. */
const PRINTED_MAX = 500
let grids = 0

/**
 * @typedef {object} Column
 * @property {string} key
 * @property {string} title
 * @property {(row: any) => Node | string} cell
 * @property {(row: any) => number | string} order what sorting compares; numbers begin with the largest
 * @property {boolean} [isNumber]
 */

/**
 * @param {{ label: string, rows: any[], columns: Column[], textOf: (row: any) => string, heightMax: number,
 *   onSelect?: (row: any, isWanted: boolean) => void, choices?: { label: string, of: (row: any) => string } }} options
 */
export function grid({ label, rows, columns, textOf, heightMax, onSelect, choices }) {
  const id = `grid${++grids}`
  /** What is searched: made when something is. @type {string[]} */
  let texts = []
  let shown = rows.map((_, at) => at)
  let active = 0
  /** @type {{ key: string, isDown: boolean } | undefined} */
  let sorted
  let wanted = ''
  let choice = ''
  let isPrinted = false

  const status = h('span.note', { role: 'status' })
  const filter = /** @type {HTMLInputElement} */ (
    h('input', { type: 'search', placeholder: 'Filter', 'aria-label': `Filter ${label}`, autocomplete: 'off' })
  )
  const body = h('div.rows', { role: 'rowgroup' })
  const heads = columns.map((column) => {
    const button = h('button.head', { type: 'button' }, column.title)
    const head = h(`div.cell.${column.key}`, { role: 'columnheader', 'aria-sort': 'none' }, button)
    button.addEventListener('click', () => {
      const first = column.isNumber === true
      sorted = { key: column.key, isDown: sorted?.key === column.key ? !sorted.isDown : first }
      for (const [i, other] of heads.entries()) {
        const isThis = columns[i] === column
        other.setAttribute('aria-sort', isThis ? (sorted.isDown ? 'descending' : 'ascending') : 'none')
      }
      update()
    })
    return head
  })
  const head = h('div.headgroup', { role: 'rowgroup' }, h('div.row.heads', { role: 'row' }, ...heads))
  const about = { role: 'grid', 'aria-label': label, 'aria-rowcount': rows.length + 1, id }
  const view = h('div.view', { tabindex: '0', ...about }, head, body)
  const table = h('div.grid', {}, view)
  const select = choices && choiceOf(choices)

  /** @param {{ label: string, of: (row: any) => string }} by */
  function choiceOf({ label: what, of }) {
    const names = [...new Set(rows.map(of))].sort()
    if (names.length < 2) return
    const options = names.map((name) => h('option', { value: name }, name))
    const element = /** @type {HTMLSelectElement} */ (
      h('select', { 'aria-label': what }, h('option', { value: '' }, `All ${what}`), ...options)
    )
    element.addEventListener('change', () => {
      choice = element.value
      update()
    })
    return element
  }

  function update() {
    const words = wanted.toLowerCase().split(/\s+/).filter(Boolean)
    if (words.length > 0 && texts.length === 0) texts = rows.map((row) => textOf(row).toLowerCase())
    shown = []
    for (let at = 0; at < rows.length; at++) {
      if (choice && choices?.of(rows[at]) !== choice) continue
      if (words.every((word) => texts[at].includes(word))) shown.push(at)
    }
    const column = columns.find(({ key }) => key === sorted?.key)
    if (column && sorted) {
      const keys = rows.map(column.order)
      const sign = sorted.isDown ? -1 : 1
      shown.sort((a, b) => (keys[a] < keys[b] ? -sign : keys[a] > keys[b] ? sign : a - b))
    }
    active = 0
    view.scrollTop = 0
    status.textContent =
      shown.length === rows.length ? '' : `${shown.length.toLocaleString('en')} of ${rows.length.toLocaleString('en')}`
    layOut()
    if (shown.length > 0) onSelect?.(rows[shown[0]], false)
  }

  function layOut() {
    body.style.height = `${shown.length * ROW_PX}px`
    const most = isPrinted ? PRINTED_MAX * ROW_PX : heightMax
    view.style.height = `${HEAD_PX + Math.min(most, Math.max(1, shown.length) * ROW_PX)}px`
    draw()
  }

  function draw() {
    const height = view.clientHeight || heightMax
    const first = Math.max(0, Math.floor(view.scrollTop / ROW_PX) - AROUND)
    const last = Math.min(shown.length, Math.ceil((view.scrollTop + height) / ROW_PX) + AROUND)
    const drawn = []
    for (let at = first; at < last; at++) drawn.push(rowAt(at))
    body.replaceChildren(...drawn)
    if (shown.length > 0 && active >= first && active < last)
      view.setAttribute('aria-activedescendant', `${id}-${active}`)
    else view.removeAttribute('aria-activedescendant')
  }

  /** @param {number} at */
  function rowAt(at) {
    const row = rows[shown[at]]
    const isActive = at === active && onSelect !== undefined
    const cells = columns.map((column) => h(`div.cell.${column.key}`, { role: 'gridcell' }, column.cell(row)))
    const element = h(
      'div.row',
      {
        role: 'row',
        id: `${id}-${at}`,
        'aria-rowindex': at + 2,
        'aria-selected': onSelect ? String(isActive) : undefined
      },
      ...cells
    )
    element.style.transform = `translateY(${at * ROW_PX}px)`
    element.addEventListener('click', () => go(at, true))
    return element
  }

  /** @param {number} to @param {boolean} isWanted */
  function go(to, isWanted = false) {
    if (shown.length === 0) return
    active = Math.max(0, Math.min(shown.length - 1, to))
    const top = active * ROW_PX
    if (top < view.scrollTop) view.scrollTop = top
    else if (top + ROW_PX > view.scrollTop + view.clientHeight - HEAD_PX)
      view.scrollTop = top + ROW_PX + HEAD_PX - view.clientHeight
    draw()
    onSelect?.(rows[shown[active]], isWanted)
  }

  view.addEventListener('keydown', (event) => {
    // What sorts is a button in it.
    if (event.target !== view) return
    const page = Math.max(1, Math.floor(view.clientHeight / ROW_PX) - 1)
    /** @type {Record<string, number>} */
    const moves = {
      ArrowDown: active + 1,
      ArrowUp: active - 1,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: shown.length - 1
    }
    if (event.key in moves) go(moves[event.key])
    else if (event.key === 'Enter' && onSelect) go(active, true)
    else return
    event.preventDefault()
  })
  let isDue = false
  view.addEventListener('scroll', () => {
    if (isDue) return
    isDue = true
    requestAnimationFrame(() => {
      isDue = false
      draw()
    })
  })
  filter.addEventListener('input', () => {
    wanted = filter.value
    update()
  })
  const tools = rows.length > 3 && h('div.tools', {}, filter, select, status)
  update()
  return {
    element: h('div.table', {}, tools, table),
    filter,
    redraw: layOut,
    /** @param {boolean} isOnPaper */
    print(isOnPaper) {
      isPrinted = isOnPaper
      view.scrollTop = 0
      layOut()
    },
    /** @param {any} row */
    show(row) {
      const at = shown.indexOf(rows.indexOf(row))
      if (at >= 0) go(at, true)
    }
  }
}
