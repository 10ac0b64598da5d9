// @ts-check
// The parcels of this depot. The array stands in for the database.

'use strict'

const { HttpError, readJson, sendJson } = require('./http.js')

const places = ['inbound', 'shelf', 'van', 'door']
const parcels = Array.from({ length: 500 }, (_, id) => ({ id, place: places[0], scannedBy: '', scannedAt: '' }))

let scans = 0

/** How many scans there were since the start. */
function scanCount() {
  return scans
}

/** @param {import('./http.js').Context} context */
function showParcel({ res, params: [id] }) {
  sendJson(res, 200, findParcel(id))
}

/** @param {import('./http.js').Context} context */
async function scanParcel({ req, res, params: [id], session }) {
  const parcel = findParcel(id)
  const { place } = Object(await readJson(req))
  if (!places.includes(place)) throw new HttpError(400, `place must be one of ${places.join(', ')}`)
  Object.assign(parcel, { place, scannedBy: session?.driver, scannedAt: new Date().toISOString() })
  scans += 1
  sendJson(res, 200, parcel)
}

/** @param {string} id */
function findParcel(id) {
  const parcel = parcels[Number(id)]
  if (!parcel) throw new HttpError(404, 'No such parcel')
  return parcel
}

module.exports = { scanCount, scanParcel, showParcel }
