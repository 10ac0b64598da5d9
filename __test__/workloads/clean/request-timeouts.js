// @ts-check
// A long timeout raced against each request, and cleared.
'use strict'

const { pace, sleep } = require('../helpers/pace.js')

async function request() {
  /** @type {NodeJS.Timeout | undefined} */
  let limit
  const late = new Promise((_resolve, reject) => {
    limit = setTimeout(() => reject(new Error('late')), 30_000)
  })
  try {
    await Promise.race([sleep(30), late])
  } finally {
    clearTimeout(limit)
  }
}

async function run() {
  await pace(1000, 3, request)
}

module.exports = { run }
