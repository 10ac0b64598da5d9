exports.queue = []
exports.step = (i) => exports.queue.push({ job: i, at: 'now' })
