// @ts-check
// A database of node:sqlite that is forgotten while a heap is taken from a copy. Prints whether its file, its index and
// its log are as they were. The argument is the way: 'graph', 'census' or 'file'. Writes into the folder it is run in.
'use strict'

const fs = require('node:fs')
const { DatabaseSync } = require('node:sqlite')
const { captureHeap, countHeap, writeHeap } = require('leakguard')

const way = process.argv[2]
const file = `${way}.db`
const content = () => ['', '-shm', '-wal'].map((end) => fs.readFileSync(file + end).toString('base64'))

const keeper = new DatabaseSync(file)
keeper.exec('pragma journal_mode=wal; pragma wal_autocheckpoint=0; create table t(x)')

function forget() {
  const database = new DatabaseSync(file)
  database.exec('pragma wal_autocheckpoint=0')
  for (let i = 0; i < 300; i++) database.exec(`insert into t values (${i})`)
  database.prepare('select count(*) from t').get()
}
forget()

/** @type {Record<string, () => Promise<unknown>>} */
const WAYS = {
  graph: () => captureHeap({ mode: 'fork', eager: false }),
  census: () => countHeap({ mode: 'fork' }),
  file: () => writeHeap('a.heapsnapshot', { mode: 'fork' })
}

async function main() {
  const before = content()
  await WAYS[way]()
  const isSame = content().map((text, n) => text === before[n])
  console.log(isSame.join())
}

main()
