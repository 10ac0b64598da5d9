// @ts-check
// What the program's callbacks are to be told, kept until the state of the cache is right. Knows what is called, not why.
'use strict'

class Callbacks {
  /** @type {[what: 'dispose' | 'insert', value: any, key: any, reason: any][]} */
  #pending = []
  #isTelling = false

  get isDue() {
    return this.#pending.length > 0
  }

  /** @param {'dispose' | 'insert'} what @param {any} value @param {any} key @param {any} reason */
  remember(what, value, key, reason) {
    this.#pending.push([what, value, key, reason])
  }

  /** Calls the program back, now that all is in its place. Each is called; of several errors the first is thrown. @param {{ dispose?: Function, disposeAfter?: Function, onInsert?: Function }} options */
  tell({ dispose, disposeAfter, onInsert }) {
    if (this.#isTelling) return
    const errors = []
    this.#isTelling = true
    for (let i = 0; i < this.#pending.length; i++) {
      const [what, value, key, reason] = this.#pending[i]
      const told = what === 'insert' ? [onInsert] : [dispose, disposeAfter]
      for (const callback of told) {
        try {
          callback?.(value, key, reason)
        } catch (error) {
          errors.push(error)
        }
      }
    }
    this.#pending = []
    this.#isTelling = false
    if (errors.length > 0) throw errors[0]
  }
}

module.exports = { Callbacks }
