// The package inside of Jest: modules evaluated anew, the addon loaded once.
const { start, assertNoLeaks } = require('leakguard')

test('the guard starts and judges', () => {
  const guard = start()
  expect(guard.check().verdict).toBe('undecided')
  guard.stop()
})

const thoroughly = process.env.APP_THOROUGH ? test : test.skip

thoroughly(
  'a leak is a failure that names it',
  async () => {
    const sessions = new Map()
    await expect(assertNoLeaks(() => void sessions.set(Symbol('token'), {}))).rejects.toMatchObject({
      code: 'ERR_LEAKGUARD_LEAK'
    })
  },
  60_000
)
