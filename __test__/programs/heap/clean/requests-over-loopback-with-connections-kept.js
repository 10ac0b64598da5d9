const http = require('node:http')
const agent = new http.Agent({ keepAlive: true, maxSockets: 4 })
let server
exports.step = async (i) => {
  server ??= await new Promise((resolve) => {
    const s = http.createServer((request, response) => {
      let body = ''
      request
        .on('data', (c) => {
          body += c
        })
        .on('end', () => response.end(JSON.stringify({ url: request.url, body })))
    })
    s.listen(0, '127.0.0.1', () => {
      s.unref()
      resolve(s)
    })
  })
  await new Promise((resolve, reject) => {
    const r = http.request(
      { agent, port: server.address().port, host: '127.0.0.1', path: '/' + i, method: 'POST' },
      (response) => {
        response.resume().on('end', resolve)
      }
    )
    r.on('error', reject)
    r.end('hello ' + i)
  })
}
