class Visit {}
let wake = () => {}
async function collect() {
  // here
  const seen = []
  for (;;)
    seen.push(
      await new Promise((resolve) => {
        wake = resolve
      })
    )
}
collect()
exports.step = async () => {
  wake(new Visit())
  await null
  await null
}
