// @ts-check
// A catalogue that is loaded evenly over three minutes.
'use strict'

const catalogue = new Map()
module.exports = () => {
  for (let i = 0; i < 16 && catalogue.size < 36_000; i++)
    catalogue.set(`sku ${catalogue.size}`, { id: catalogue.size, text: `${'d'.repeat(200)}${catalogue.size}` })
}
