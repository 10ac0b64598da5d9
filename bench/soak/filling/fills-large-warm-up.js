// @ts-check
// Some 50 MB that are loaded evenly over two minutes and a half.
'use strict'

/** @type {object[]} */
const rows = []
module.exports = () => {
  for (let i = 0; i < 110 && rows.length < 200_000; i++)
    rows.push({ id: rows.length, text: `${'d'.repeat(60)}${rows.length}`, tags: [i, rows.length] })
}
