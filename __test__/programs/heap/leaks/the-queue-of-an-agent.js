const http = require('node:http')
class Extra {}
http.globalAgent.extra = []
exports.step = () => {
  http.globalAgent.extra.push(new Extra())
}
