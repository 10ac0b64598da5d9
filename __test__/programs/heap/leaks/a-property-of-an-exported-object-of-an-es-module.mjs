class Plugin {}
export default { registry: new Map() } // here

import self from './store.mjs'
export const step = (i) => {
  self.registry.set(i, new Plugin())
}
