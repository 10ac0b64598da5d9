// @ts-check
// Much garbage, and as much memory at the end as at the start.
'use strict'

const { pace } = require('../helpers/pace.js')

async function run() {
  const text = JSON.stringify(Array.from({ length: 3000 }, (_, i) => ({ id: i, name: `name ${i}`, tags: ['a', 'b'] })))
  let last
  await pace(60, 4, () => {
    last = JSON.parse(text)
    return last.length
  })
}

module.exports = { run }
