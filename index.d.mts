// Types of index.mjs: the same names, and all of them as the default too.
import * as leakguard from './index.js'

export * from './index.js'
export default leakguard
