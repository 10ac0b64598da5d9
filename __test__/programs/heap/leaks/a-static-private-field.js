class Job {
  static #all = new Set() // here
  constructor() {
    Job.#all.add(this)
  }
}
exports.step = () => {
  new Job()
}
