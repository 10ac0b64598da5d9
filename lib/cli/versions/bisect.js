// @ts-check
// Between a version that leaks and one that does not, the first that differs, in as few measurements as that takes; or each
// version, and wherever that changes. Knows answers, not how they are come by.
'use strict'

/** `leaks`, `clean`, or `unknown` where it cannot be told. @typedef {'leaks' | 'clean' | 'unknown'} Answer */

/**
 * @param {string[]} versions in their order; the first and the last are the ends that are known to differ, or not
 * @param {(version: string) => Promise<Answer>} ask
 * @param {(version: string, answer: Answer, left: number) => void} tell after each, with how many are still possible
 * @returns {Promise<{ first?: string, before?: string, answer?: Answer, skipped: string[], why?: string }>} the first version that
 * answers as the last one does, and the last before it; `why` where there is none
 */
async function bisect(versions, ask, tell) {
  /** @type {string[]} */
  const skipped = []
  const asked = async (/** @type {string} */ version, /** @type {number} */ left) => {
    const answer = await ask(version)
    tell(version, answer, left)
    return answer
  }
  let [low, high] = [0, versions.length - 1]
  const [from, to] = [await asked(versions[low], high), await asked(versions[high], high)]
  if (from === 'unknown' || to === 'unknown')
    return { skipped, why: 'whether an end of the range leaks cannot be told' }
  if (from === to) {
    const what = from === 'leaks' ? 'leak' : 'are clean'
    return { skipped, why: `both ends of the range ${what}: there is no first version that differs` }
  }
  while (high - low > 1) {
    const middle = (low + high) >> 1
    const near = byDistance(low, high, middle).filter((at) => !skipped.includes(versions[at]))
    if (near.length === 0) break
    const [at] = near
    const answer = await asked(versions[at], high - low - 1)
    if (answer === 'unknown') skipped.push(versions[at])
    else if (answer === to) high = at
    else low = at
  }
  return {
    first: versions[high],
    before: versions[low],
    answer: to,
    skipped: skipped.filter(isBetween(versions, low, high))
  }
}

/**
 * Asks all of them. A leak that comes and goes has more than one first version.
 * @param {string[]} versions in their order @param {(version: string) => Promise<Answer>} ask
 * @param {(version: string, answer: Answer, left: number) => void} tell after each, with how many are left
 * @returns {Promise<{ changes: { first: string, before: string, answer: Answer }[], skipped: string[], isMonotone: boolean }>}
 */
async function walk(versions, ask, tell) {
  /** @type {{ first: string, before: string, answer: Answer }[]} */
  const changes = []
  /** @type {string[]} */
  const skipped = []
  /** @type {{ version: string, answer: Answer } | undefined} */
  let last
  for (const [i, version] of versions.entries()) {
    const answer = await ask(version)
    tell(version, answer, versions.length - 1 - i)
    if (answer === 'unknown') {
      skipped.push(version)
      continue
    }
    if (last && last.answer !== answer) changes.push({ first: version, before: last.version, answer })
    last = { version, answer }
  }
  return { changes, skipped, isMonotone: changes.length <= 1 }
}

/** Places between two, the nearest to a third first. @param {number} low @param {number} high @param {number} middle */
function byDistance(low, high, middle) {
  const between = Array.from({ length: high - low - 1 }, (_, i) => low + 1 + i)
  return between.sort((a, b) => Math.abs(a - middle) - Math.abs(b - middle))
}

/** @param {string[]} versions @param {number} low @param {number} high */
const isBetween = (versions, low, high) => (/** @type {string} */ version) => {
  const at = versions.indexOf(version)
  return at > low && at < high
}

module.exports = { bisect, walk }
