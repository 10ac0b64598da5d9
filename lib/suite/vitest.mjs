// @ts-check
// Vitest: its own runner, with the tests of each file run once more before the last hooks of their block. Takes the Vitest
// that runs, wherever leakguard is installed. Registration only.
import { createRequire } from 'node:module'

const { adapter, filesOf } = createRequire(import.meta.url)('./vitest.js')
const files = filesOf()
/** @param {string} file @returns {Promise<any>} */
const load = (file) => import(/* @vite-ignore */ file)
const [main, browser] = [await load(files.main), await load(files.browser)]
const Runner = main.TestRunner ?? (await load(files.runners)).VitestTestRunner
const hooksOf = Runner.getSuiteHooks ?? (await load(files.suite)).getHooks

export default adapter(Runner, { startTests: browser.startTests, hooksOf })
