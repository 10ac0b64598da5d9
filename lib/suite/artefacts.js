// @ts-check
// What grows because tests are repeated, and in no program: records of a runner, and calls that mocks remember. Knows facts of
// findings.
'use strict'

/** Files of runners and of what mocks for them. */
const RUNNER =
  /[\\/]node_modules[\\/](?:@?jest\b|@?vitest\b|mocha\b|expect\b|tinypool\b|@?sinon|tinyspy\b|chai\b|nock\b)|^node:internal\/test_runner/
/** Where mocks keep their calls. */
const OF_MOCKS = new Set([
  ...['mock', 'calls', 'results', 'settledResults', 'instances', 'contexts', 'invocationCallOrder', 'invocations'],
  ...['callIds', 'returnValues', 'thisValues', 'exceptions', 'errorsWithCallStack', '_mockState', '_spyState']
])
const MOCK_CLASS = /^(?:Mock|Spy)[A-Z]?\w*(?:State|Context|Tracker)$/

/** @param {import('../..').Finding} finding */
function isArtefact({ culprit, holder, retainerPath = [] }) {
  const files = [culprit.file, holder?.file].filter((file) => file !== undefined)
  if (files.length > 0 && files.every((file) => RUNNER.test(file))) return true
  return retainerPath.some(({ name, link }) => {
    const { type, name: property } = /** @type {any} */ (link ?? {})
    return MOCK_CLASS.test(name) || (type === 'property' && OF_MOCKS.has(property) && isOfMock(retainerPath, property))
  })
}

/** A program may have a property 'calls' of its own: one of a mock is not alone. @param {import('../..').RetainerStep[]} path @param {string} property */
function isOfMock(path, property) {
  if (property.startsWith('_')) return true
  const names = path.map(({ link }) => /** @type {any} */ (link)?.name)
  return names.includes('mock') || path.some(({ file }) => file !== undefined && RUNNER.test(file))
}

module.exports = { isArtefact }
