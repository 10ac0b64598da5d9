// @ts-check
// Who holds the memory, as layers: below each owner what it alone keeps, as wide as it is large. Zooms by click or Enter.

import { h } from './dom.mjs'
import { bytes, count, placeOf } from './format.mjs'

const ROW_PX = 30
const LEVELS_MAX = 9
/** Narrower ones could not be hit, in parts of the whole. */
const SHARE_MIN = 0.004
/** Leaks that can be jumped to. */
const LEAKS_MAX = 8
/** Wider ones have a label, and their size. */
const LABEL_SHARE = 0.03
const SIZE_SHARE = 0.1

/** @typedef {{ index: number, parent: number, depth: number, name?: string, class: string, count: number, retainedBytes: number, file?: string, line?: number, from: number, share: number }} Node_ */

/** Positions: each owner's part of the width of its own. @param {any[]} owners in preorder @returns {Node_[]} */
function nodesOf(owners) {
  /** @type {Node_[]} */
  const nodes = []
  /** @type {number[]} */
  const trail = []
  /** @type {number[]} */
  const used = []
  const whole = owners[0].retainedBytes || 1
  owners.forEach((owner, index) => {
    trail.length = Math.min(owner.depth, trail.length)
    const parent = trail.length > 0 ? trail[trail.length - 1] : -1
    const share = owner.retainedBytes / whole
    const from = parent < 0 ? 0 : nodes[parent].from + used[parent]
    if (parent >= 0) used[parent] += share
    nodes.push({ ...owner, index, parent, from, share, depth: trail.length })
    used.push(0)
    trail.push(index)
  })
  return nodes
}

/** @param {Node_} node */
const titleOf = (node) => (node.name ? `${node.name}: ${node.class}` : node.class)

/** What fits: its name, its size too, or nothing. @param {Node_} node @param {number} share of the width */
function labelOf(node, share) {
  if (share <= LABEL_SHARE) return ''
  return share > SIZE_SHARE
    ? h('span', {}, `${titleOf(node)}, `, h('span.size', {}, bytes(node.retainedBytes)))
    : h('span', {}, titleOf(node))
}

/** Whether a finding is of this owner: its line, or the variable that is called so. @param {Node_} node @param {any[]} findings */
function isLeak({ name, file, line, depth }, findings) {
  if (depth === 0) return false
  return findings.some(({ culprit, holder }) => {
    const isAt = file !== undefined && [culprit, holder].some((at) => at?.file === file && at.line === line)
    return isAt || (name !== undefined && [culprit.name, holder?.name].includes(name))
  })
}

/** @param {any[]} owners @param {any[]} findings */
export function icicle(owners, findings) {
  const nodes = nodesOf(owners)
  const leaks = new Set(nodes.filter((node) => isLeak(node, findings)))
  let zoomed = 0
  let active = 0
  const crumbs = h('nav.crumbs', { 'aria-label': 'Zoomed to' })
  const told = h('p.told', { role: 'status' })
  const tree = h('div.icicle', { role: 'tree', 'aria-label': 'Retained memory by owner' })

  /** Whether a node is the zoomed one or inside of it. @param {Node_} node */
  function isInside(node) {
    let at = node.index
    while (at > zoomed) at = nodes[at].parent
    return at === zoomed
  }

  function draw() {
    const top = nodes[zoomed]
    const visible = nodes.filter(
      (node) => isInside(node) && node.depth - top.depth < LEVELS_MAX && node.share / top.share >= SHARE_MIN
    )
    if (!visible.includes(nodes[active])) active = zoomed
    const deepest = Math.max(...visible.map((node) => node.depth - top.depth))
    tree.style.height = `${(deepest + 1) * ROW_PX}px`
    tree.replaceChildren(...visible.map((node) => boxOf(node, top)))
    crumbs.replaceChildren(...crumbsOf(top))
    tell()
  }

  /** @param {Node_} node @param {Node_} top */
  function boxOf(node, top) {
    const level = node.depth - top.depth
    const label = `${titleOf(node)}, ${bytes(node.retainedBytes)}${leaks.has(node) ? ', leaks' : ''}`
    const box = h(
      `div.box.level${level % 4}${node.class === '(other)' ? '.other' : ''}${leaks.has(node) ? '.leak' : ''}`,
      {
        role: 'treeitem',
        tabindex: node.index === active ? '0' : '-1',
        'aria-level': node.depth + 1,
        'aria-selected': String(node.index === active),
        'aria-label': label,
        'data-index': node.index
      },
      labelOf(node, node.share / top.share)
    )
    box.style.left = `${((node.from - top.from) / top.share) * 100}%`
    box.style.width = `${(node.share / top.share) * 100}%`
    box.style.top = `${level * ROW_PX}px`
    box.addEventListener('click', () => {
      active = node.index
      zoom(node.index === zoomed && node.parent >= 0 ? node.parent : node.index)
    })
    box.addEventListener('mouseenter', () => tell(node))
    box.addEventListener('mouseleave', () => tell())
    return box
  }

  /** @param {Node_} top */
  function crumbsOf(top) {
    /** @type {Node_[]} */
    const trail = []
    for (let at = top.index; at >= 0; at = nodes[at].parent) trail.unshift(nodes[at])
    return trail.map((node) => {
      const isLast = node === top
      const button = h('button.quiet', { type: 'button', 'aria-current': isLast ? 'true' : undefined }, titleOf(node))
      button.addEventListener('click', () => zoom(node.index))
      return button
    })
  }

  /** @param {number} index */
  function zoom(index) {
    const hadFocus = tree.contains(document.activeElement)
    zoomed = index
    draw()
    if (hadFocus) focus()
  }

  function focus() {
    const box = /** @type {HTMLElement | null} */ (tree.querySelector(`[data-index="${active}"]`))
    box?.focus()
  }

  /** @param {Node_} [node] */
  function tell(node = nodes[active]) {
    const share = (100 * node.retainedBytes) / (nodes[0].retainedBytes || 1)
    const objects = node.count === 1 ? '1 object' : `${count(node.count)} objects`
    const place = placeOf(node)
    told.replaceChildren(
      h('strong', {}, titleOf(node)),
      ` retains ${bytes(node.retainedBytes)} (${share.toFixed(1)} %), ${objects}`,
      leaks.has(node) ? h('span.tag', {}, 'leaks') : '',
      place ? h('code', {}, ` ${place}`) : ''
    )
  }

  tree.addEventListener('keydown', (event) => {
    const node = nodes[active]
    const shown = [...tree.children].map((child) => nodes[Number(/** @type {HTMLElement} */ (child).dataset.index)])
    const beside = shown.filter((other) => other.depth === node.depth)
    const at = beside.indexOf(node)
    /** @type {Node_ | undefined} */
    let next
    if (event.key === 'ArrowRight') next = beside[at + 1]
    else if (event.key === 'ArrowLeft') next = beside[at - 1]
    else if (event.key === 'ArrowDown') next = shown.find((other) => other.parent === node.index)
    else if (event.key === 'ArrowUp' && node.index !== zoomed) next = nodes[node.parent]
    else if (event.key === 'Home') next = nodes[zoomed]
    else if (event.key === 'Enter' || event.key === ' ') zoom(node.index)
    else if ((event.key === 'Escape' || event.key === 'Backspace') && nodes[zoomed].parent >= 0)
      zoom(nodes[zoomed].parent)
    else return
    event.preventDefault()
    if (!next) return
    active = next.index
    draw()
    focus()
  })
  draw()
  const found = [...leaks].sort((a, b) => b.retainedBytes - a.retainedBytes).slice(0, LEAKS_MAX)
  const jumps = found.map((node) => {
    const button = h('button.quiet', { type: 'button' }, `${titleOf(node)}, ${bytes(node.retainedBytes)}`)
    button.addEventListener('click', () => {
      active = node.index
      zoom(Math.max(0, node.parent))
    })
    return button
  })
  const list = jumps.length > 0 ? h('p.leaks', {}, 'What leaks:', ...jumps) : ''
  return h('div.owners', {}, list, crumbs, tree, told)
}
