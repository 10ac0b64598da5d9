// @ts-check
// What a script is called where people and files see it: a URL that is its own content loses it, one with a query loses
// that. Knows names only; src/snapshot/urls.rs says the same of snapshots.
'use strict'

/** Longer names are cut: no path is. */
const NAME_MAX = 4096
const SCHEME = /^([a-z][a-z\d+.-]+):(.*)$/is
/** What says of which kind the content is. */
const MEDIA = /^([\w/+.-]{0,40})[,;]/
const SLASH = '/'.charCodeAt(0)

/** @param {string} name as V8 has it @returns {string} */
function scriptName(name) {
  if (name.length > NAME_MAX) return scriptName(`${name.slice(0, NAME_MAX - 1)}…`)
  // What nearly all are.
  if (name.charCodeAt(0) === SLASH) return name
  const [, scheme, rest] = SCHEME.exec(name) ?? []
  switch (scheme?.toLowerCase()) {
    case undefined:
      return name
    case 'data': {
      const media = MEDIA.exec(rest)
      return media ? `${scheme}:${media[1]},…` : `${scheme}:…`
    }
    case 'blob':
    case 'javascript':
      return `${scheme}:…`
    default:
      return rest.startsWith('//') || /^(?:file|node)$/i.test(scheme) ? `${scheme}:${withoutQuery(rest)}` : name
  }
}

/** Neither query nor user and password. @param {string} rest */
function withoutQuery(rest) {
  const end = rest.search(/[?#]/)
  const [before, query] = end < 0 ? [rest, ''] : [rest.slice(0, end), '?…']
  return before.replace(/^\/\/[^/]*@/, '//') + query
}

module.exports = { scriptName }
