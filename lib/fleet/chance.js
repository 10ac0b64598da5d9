// @ts-check
// What chance explains: in how many of so many processes a finding may be that is none, and since which version one is. Knows
// numbers, nothing of what is counted.
'use strict'

/** A process accuses falsely of one thing this often, at the most; and of what it is certain of. */
const FALSE_SHARE = 0.01
const CERTAIN_SHARE = 0.002
/** As rare as this, chance explains it no more. */
const RARE = 0.001
/** In a fleet that is smaller every accusation is told: there is nothing to compare it with. */
const FLEET_MIN = 10
/** By so much more likely, as a logarithm, must it be that versions in the beginning do not have it, and that later ones no longer have it. */
const BEGIN_MIN = 1
const END_MIN = 4.6

/** @typedef {{ found: number, of: number }} Share */

/**
 * Whether so many of these are more than chance explains (Poisson's tail).
 * @param {Share} share @param {boolean} isCertain whether most of them are @param {number} [tried] how many shares there were to choose from
 */
function isMoreThanChance({ found, of }, isCertain, tried = 1) {
  const mean = of * (isCertain ? CERTAIN_SHARE : FALSE_SHARE)
  let term = Math.exp(-mean)
  let below = 0
  for (let k = 0; k < found; k++) {
    below += term
    term *= mean / (k + 1)
  }
  return found > 0 && 1 - below < RARE / tried
}

/** How likely it is to find it in so many, as a logarithm. @param {Share} share @param {number} p */
const likely = ({ found, of }, p) => found * Math.log(p) + (of - found) * Math.log(1 - p)

/** How likely these are if it is in some of them, from one to another. @param {readonly Share[]} shares @param {number} from @param {number} to */
function likelyFrom(shares, from, to) {
  const inside = shares.slice(from, to + 1)
  const [found, of] = inside.reduce(([f, n], share) => [f + share.found, n + share.of], [0, 0])
  const p = Math.min(0.999, Math.max(FALSE_SHARE, found / Math.max(1, of)))
  return shares.reduce((sum, share, at) => sum + likely(share, at >= from && at <= to ? p : FALSE_SHARE), 0)
}

/**
 * Since which of these versions it is there, and up to which one: the stretch that makes what was found most likely.
 * @param {readonly Share[]} shares of versions, the oldest first @returns {{ from: number, to: number }} indices
 */
function stretchOf(shares) {
  const last = shares.length - 1
  const begins = shares.map((_, from) => ({
    from,
    to: last,
    value: likelyFrom(shares, from, last) - (from > 0 ? BEGIN_MIN : 0)
  }))
  const ends = shares.flatMap((_, from) =>
    shares.slice(from, last).map((_, at) => ({
      from,
      to: from + at,
      value: likelyFrom(shares, from, from + at) - END_MIN - (from > 0 ? BEGIN_MIN : 0)
    }))
  )
  return [...begins, ...ends].reduce((best, one) => (one.value > best.value ? one : best))
}

module.exports = { FLEET_MIN, isMoreThanChance, stretchOf }
