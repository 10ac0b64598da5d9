// The types as a TypeScript program meets them, as an ECMAScript module.
import everything, { assertNoLeaks, check, LeakError, type LeakReport, start, track } from 'leakguard'
import 'leakguard/register'

const guard = start({ callSites: 'all', minGrowthMs: 500 })
guard.on('leak', (report: LeakReport) => console.log(report.findings[0]?.culprit.line?.toFixed()))
export const sessions: Map<string, number> = track(new Map<string, number>(), 'sessions')
export const verdict: 'clean' | 'leaking' | 'undecided' = check().verdict
export const same: typeof start = everything.start
export const error: Error & { report: LeakReport } = new LeakError(check())
export const done: Promise<unknown> = assertNoLeaks(async () => {})

// @ts-expect-error a misspelled option
start({ minGrowthMS: 500 })
// @ts-expect-error a wrong value
start({ callSites: 'exact' })
// @ts-expect-error what is tracked has a size
track({}, 'nothing')
