class Visit {}
function* collect() {
  // here
  const seen = []
  for (;;) seen.push(yield seen.length) // here
}
const collector = collect()
collector.next()
exports.step = () => {
  collector.next(new Visit())
}
