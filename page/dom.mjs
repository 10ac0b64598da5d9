// @ts-check
// Elements from values. Text goes in as text: nothing here parses HTML.

/**
 * @param {string} tag with classes, such as `div.row.small`
 * @param {Record<string, any>} [props] `on…` are listeners, the others attributes; undefined and false are left out
 * @param {...(Node | string | undefined | null | false)} children
 * @returns {HTMLElement}
 */
export function h(tag, props = {}, ...children) {
  const [name, ...classes] = tag.split('.')
  const element = document.createElement(name)
  if (classes.length > 0) element.className = classes.join(' ')
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === false || value === null) continue
    if (key.startsWith('on')) element.addEventListener(key.slice(2), value)
    else element.setAttribute(key, value === true ? '' : String(value))
  }
  element.append(
    .../** @type {(Node | string)[]} */ (children.filter((c) => c !== undefined && c !== null && c !== false))
  )
  return element
}

/** @param {string} id of the section @param {string} title @param {string} note @param {...(Node | undefined | false)} children */
export function section(id, title, note, ...children) {
  return h(
    'section',
    { 'aria-labelledby': `${id}-title`, id },
    h('h2', { id: `${id}-title` }, title),
    note && h('p.note', {}, note),
    ...children
  )
}

/** Copies text; where the browser does not let, nothing happens but the button says so. @param {string} text */
export function copyButton(text) {
  const button = h('button.quiet', { type: 'button', 'aria-label': `Copy ${text}` }, 'Copy')
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text)
      button.textContent = 'Copied'
    } catch {
      button.textContent = 'Not allowed here'
    }
    setTimeout(() => {
      button.textContent = 'Copy'
    }, 1500)
  })
  return button
}
