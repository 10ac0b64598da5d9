// @ts-check
// A listener for each visit on an EventTarget.
'use strict'

const { pace } = require('../helpers/pace.js')

const target = new EventTarget()

module.exports = {
  kind: 'listener',
  run: () =>
    pace(150, 3, () => {
      target.addEventListener('update', () => {}) // leaks
    })
}
