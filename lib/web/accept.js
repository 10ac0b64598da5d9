// @ts-check
// In which of a report's forms a request wants it: by `?format=`, else by the header Accept. Knows no report.
'use strict'

/** Form -> media type; the first is for who does not mind. */
const TYPES = /** @type {const} */ ({ text: 'text/plain', json: 'application/json', html: 'text/html' })
const FORMS = /** @type {Form[]} */ (Object.keys(TYPES))

/** @typedef {keyof typeof TYPES} Form */

/** @param {string} header @returns {{ range: string, quality: number }[]} */
const rangesOf = (header) =>
  header.split(',').map((item) => {
    const [range, ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    const q = parameters.find((parameter) => /^q\s*=/.test(parameter))
    const quality = q ? Number(q.slice(q.indexOf('=') + 1)) : 1
    return { range, quality: Number.isFinite(quality) ? quality : 0 }
  })

/** How much a type is wanted, by the closest range that has it, and where that stands. @param {ReturnType<typeof rangesOf>} ranges @param {string} type */
function wantOf(ranges, type) {
  for (const range of [type, `${type.split('/')[0]}/*`, '*/*']) {
    const at = ranges.findIndex((one) => one.range === range)
    if (at >= 0) return { quality: ranges[at].quality, at }
  }
  return { quality: 0, at: ranges.length }
}

/** The form that is accepted most; undefined if none is. @param {string | undefined} header @returns {Form | undefined} */
function acceptedForm(header) {
  if (header === undefined || header.trim() === '') return FORMS[0]
  const ranges = rangesOf(header)
  const [best] = FORMS.map((form) => ({ form, ...wantOf(ranges, TYPES[form]) }))
    .filter(({ quality }) => quality > 0)
    .sort((a, b) => b.quality - a.quality || a.at - b.at)
  return best?.form
}

module.exports = { FORMS, TYPES, acceptedForm }
