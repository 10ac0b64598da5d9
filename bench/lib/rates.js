// @ts-check
// How sure a rate is that was counted. Knows nothing of what was counted.
'use strict'

/** Natural logarithm of the gamma function, x > 0: Stirling's series far out, where it is exact to the last digits. @param {number} x */
function logGamma(x) {
  let [at, shift] = [x, 0]
  for (; at < 12; at++) shift -= Math.log(at)
  const inverse = 1 / (at * at)
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / at
  return shift + (at - 0.5) * Math.log(at) - at + Math.log(2 * Math.PI) / 2 + series
}

/**
 * The regularised incomplete beta function: the chance that a beta(a, b) variable is at most x. Its continued fraction
 * by the method of Lentz (Numerical Recipes, 6.4).
 * @param {number} x @param {number} a @param {number} b
 * @returns {number}
 */
function betaCdf(x, a, b) {
  if (x <= 0) return 0
  if (x >= 1) return 1
  // The fraction is quick on one side of the mean only.
  if (x > (a + 1) / (a + b + 2)) return 1 - betaCdf(1 - x, b, a)
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x)) / a
  const guard = (/** @type {number} */ value) => (Math.abs(value) < 1e-300 ? 1e-300 : value)
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1))
  let [c, fraction] = [1, d]
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m))
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1))
    let step = 1
    for (const part of [even, odd]) {
      d = 1 / guard(1 + part * d)
      c = guard(1 + part / c)
      step = d * c
      fraction *= step
    }
    if (Math.abs(step - 1) < 1e-15) break
  }
  return front * fraction
}

/** Where the beta distribution reaches a probability, by halving. @param {number} probability @param {number} a @param {number} b */
function betaQuantile(probability, a, b) {
  let [low, high] = [0, 1]
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    if (betaCdf(middle, a, b) < probability) low = middle
    else high = middle
  }
  return (low + high) / 2
}

/**
 * The rates that `seen` of `all` does not exclude (Clopper and Pearson, Biometrika 26, 1934): never too narrow,
 * also where nothing was seen.
 * @param {number} seen @param {number} all @param {number} [confidence] of both sides together
 * @returns {{ low: number, high: number }}
 */
function clopperPearson(seen, all, confidence = 0.95) {
  if (!(Number.isInteger(seen) && Number.isInteger(all) && seen >= 0 && seen <= all))
    throw new RangeError(`${seen} of ${all} is no count`)
  const tail = (1 - confidence) / 2
  return {
    low: seen === 0 ? 0 : betaQuantile(tail, seen, all - seen + 1),
    high: seen === all ? 1 : betaQuantile(1 - tail, seen + 1, all - seen)
  }
}

module.exports = { betaCdf, betaQuantile, clopperPearson }
