class Session {}
{
  const kept = new Map()
  let count = 0
  exports.count = () => count
  exports.step = () => kept.set(count++, new Session())
}
