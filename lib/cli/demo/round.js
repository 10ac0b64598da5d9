// @ts-check
// One round of what the example's clients do. Each of its leaks gets the same share of every round.

'use strict'

/** @typedef {import('./client.js').Client} Client */

const drivers = [
  { driver: 'ana', pin: '4711' },
  { driver: 'ben', pin: '2718' },
  { driver: 'chi', pin: '3141' }
]
const visits = 5
const photoBytes = 4000

/** @param {Client} client @param {number} round its number */
async function playRound(client, round) {
  await Promise.all([
    ...Array.from({ length: visits }, (_, i) => visit(client, round * visits + i)),
    guessPin(client),
    guessPin(client),
    awaitBanner(client),
    awaitBanner(client),
    glanceAtScans(client),
    client.call(200, '/scans/live?events=1'),
    photograph(client, round)
  ])
}

/** A driver logs in, looks at a parcel and scans it; each third over a connection of their own. */
async function visit(/** @type {Client} */ client, /** @type {number} */ n) {
  const fresh = n % 3 === 0
  const parcel = `/parcels/${n % 500}`
  const token = await login(client, n)
  await client.call(200, parcel, { token, fresh })
  await client.call(200, `${parcel}/scans`, { token, fresh, json: { place: 'van' } })
}

/** @param {Client} client @param {number} n @returns {Promise<string | undefined>} */
async function login(client, n) {
  const answer = await client.call(200, '/login', { json: drivers[n % drivers.length] })
  return answer && JSON.parse(answer).token
}

/** @param {Client} client */
function guessPin(client) {
  return client.call(401, '/login', { json: { driver: 'ana', pin: '0000' } })
}

/** Waits for a change that does not come. @param {Client} client */
function awaitBanner(client) {
  return client.call(204, '/flags/banner?wait=40')
}

/** Opens the live view and leaves at its first event, as one who closes the tab. @param {Client} client */
function glanceAtScans(client) {
  return client.call(200, '/scans/live', { fresh: true, leave: true })
}

/** A driver takes a photo and presses the button twice. @param {Client} client @param {number} round */
async function photograph(client, round) {
  const token = await login(client, round)
  const bytes = Buffer.alloc(photoBytes, `photo ${round} `)
  await client.call(201, '/photos', { token, bytes })
  await client.call(200, '/photos', { token, bytes })
}

module.exports = { playRound }
