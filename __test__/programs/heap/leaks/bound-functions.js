const tasks = [] // here
function run() {
  return this
}
exports.step = (i) => {
  tasks.push(run.bind({ i }))
}
