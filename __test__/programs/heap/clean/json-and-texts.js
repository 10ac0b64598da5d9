exports.step = (i) => {
  const text = JSON.stringify({
    i,
    rows: Array.from({ length: 40 }, (_, n) => ({ ['k' + n]: i * n, text: 'text ' + n }))
  })
  const parsed = JSON.parse(text)
  return structuredClone(parsed)
    .rows.map((row) => Object.keys(row)[0])
    .join()
}
