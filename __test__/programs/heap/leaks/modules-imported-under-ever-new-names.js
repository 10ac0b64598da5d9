const { writeFileSync } = require('node:fs')
writeFileSync(__dirname + '/plugin.mjs', 'export const made = new Array(100).fill(1)')
exports.step = (i) => import('./plugin.mjs?v=' + i)
