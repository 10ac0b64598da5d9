// The same from CommonJS.
import leakguard = require('leakguard')

const guard: leakguard.Guard = leakguard.start()
export const live: number = guard.stats().counts[0].live
export const bytes: number = guard.stats().usage.nativeBytes

// @ts-expect-error there is no such name
leakguard.begin()
