const failures = [] // here
exports.step = (i) => {
  failures.push(new Error('failed ' + i))
}
