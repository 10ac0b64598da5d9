// A reporter of node:test: writes the path of each file that had a failure, one a line, once.
// Must not know what is done with them.

/** @param {AsyncIterable<{ type: string, data: { file?: string, name?: string } }>} source */
export default async function* failedFiles(source) {
  const seen = new Set()
  for await (const { type, data } of source) {
    if (type !== 'test:fail') continue
    // A file that died as a whole is a test of that name.
    const file = data.file ?? data.name
    if (file === undefined || seen.has(file)) continue
    seen.add(file)
    yield `${file}\n`
  }
}
