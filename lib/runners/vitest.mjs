// @ts-check
// Vitest: matchers, and the check of each file or test through hooks, which run last because they are defined first.
// Registration only.
import { afterAll, afterEach, beforeEach, expect, vi } from 'vitest'
import adapter from './vitest.js'

const { checkEach, matchers } = adapter({ afterAll, afterEach, beforeEach, vi })
expect.extend(matchers)

export { checkEach }
