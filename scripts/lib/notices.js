'use strict'
// @ts-check
// Knows what a binary has to say of the code of others in it: a bill of materials (CycloneDX) and their licences.
// Must not know where it is put.

const { linkedCrates, licenceText } = require('./crates.js')
const { run } = require('./exec.js')

/**
 * A bill of materials of one binary. It holds no date and no random number: the same sources give the same text.
 * @param {import('./platforms.js').Platform} platform @param {string} version
 */
function billOfMaterials({ target, packageName }, version) {
  const own = `pkg:npm/${packageName}@${version}`
  const components = linkedCrates(target).map(({ name, version: at, licence, checksum }) => ({
    type: 'library',
    'bom-ref': `pkg:cargo/${name}@${at}`,
    name,
    version: at,
    purl: `pkg:cargo/${name}@${at}`,
    ...(checksum ? { hashes: [{ alg: 'SHA-256', content: checksum }] } : {}),
    ...(licence ? { licenses: [{ expression: licence.replaceAll('/', ' OR ') }] } : {})
  }))
  const rust = compilerVersion()
  const standard = { type: 'library', 'bom-ref': `rust-std@${rust}`, name: 'rust-std', version: rust }
  return {
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    version: 1,
    metadata: { component: { type: 'library', 'bom-ref': own, name: packageName, version, purl: own } },
    components: [...components, { ...standard, licenses: [{ expression: 'MIT OR Apache-2.0' }] }],
    dependencies: [{ ref: own, dependsOn: [...components.map((one) => one['bom-ref']), standard['bom-ref']] }]
  }
}

/** @param {import('./platforms.js').Platform} platform @returns {string} Markdown */
function thirdPartyLicences({ target }) {
  const crates = linkedCrates(target)
  const sections = crates.map((crate) => {
    const text =
      licenceText(crate) || 'Its archive holds no licence text; the expression above is that of its manifest.'
    return `## ${crate.name} ${crate.version}\n\n${crate.licence}\n\n\`\`\`text\n${text}\n\`\`\`\n`
  })
  const head = `# Code of others in this binary\n\n${crates.length} Rust crates, and the standard library of Rust ${compilerVersion()} (MIT OR Apache-2.0).\n`
  return [head, ...sections].join('\n')
}

function compilerVersion() {
  const { output } = run('rustc', ['--version'], { capture: true })
  return /\d+\.\d+\.\d+\S*/.exec(output)?.[0] ?? 'unknown'
}

module.exports = { billOfMaterials, thirdPartyLicences }
