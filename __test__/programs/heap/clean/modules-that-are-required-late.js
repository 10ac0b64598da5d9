const names = [
  'node:zlib',
  'node:http',
  'node:crypto',
  'node:readline',
  'node:stream/web',
  'node:tls',
  'node:dns',
  'node:http2',
  'node:cluster',
  'node:repl',
  'node:vm',
  'node:wasi'
]
exports.step = (i) => {
  if (i % 60 === 0) require(names[(i / 60) % names.length])
}
