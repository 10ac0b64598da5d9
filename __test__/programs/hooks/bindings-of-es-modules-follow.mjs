// @ts-check
// The bindings of ES modules follow while a guard runs, and are what they were after it.
import assert from 'node:assert/strict'
import { open, openSync } from 'node:fs'
import { open as openPromise } from 'node:fs/promises'
import timers, { setInterval, setTimeout } from 'node:timers'
import { setTimeout as wait } from 'node:timers/promises'
import { start } from 'leakguard'

const now = () => [setTimeout, setInterval, open, openSync, openPromise, wait]
const before = now()
const guard = start()
now().forEach((fn, i) => {
  assert.notEqual(fn, before[i], fn.name)
})
assert.equal(setTimeout, timers.setTimeout)
assert.equal(setTimeout, globalThis.setTimeout)
guard.stop()
now().forEach((fn, i) => {
  assert.equal(fn, before[i], fn.name)
})
