// @ts-check
// Text of the program's that is kept, such as names: cut, so that no program makes it large. Knows lengths only.
'use strict'

/** Characters that are kept of a name. */
const NAME_MAX = 200
/** And of a path or URL. */
const PATH_MAX = 1024

/** A copy, since V8 keeps the whole text for a part of it. @param {string} text @param {number} [max] */
const cut = (text, max = NAME_MAX) => (text.length <= max ? text : Buffer.from(text.slice(0, max)).toString())

module.exports = { NAME_MAX, PATH_MAX, cut }
