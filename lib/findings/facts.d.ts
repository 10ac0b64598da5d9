// Facts of a finding, as the native side gives and takes them (src/finding): `words` makes sentences of them. Types only.

/** As V8 gave it or source-mapped; 1-based. */
export interface FactPlace {
  function: string
  file: string
  /** The same on every machine; empty before the place is mapped. */
  portable: string
  line: number
  column: number
}

/** How one thing leads to another on a path. */
export type Link =
  | { type: 'property' | 'symbol' | 'variable' | 'internal'; name: string }
  | { type: 'element'; at: number }
  | { type: 'weakValue'; of?: string }
  | {
      type:
        | 'key'
        | 'entry'
        | 'scope'
        | 'local'
        | 'boundThis'
        | 'boundArgument'
        | 'plumbing'
        | 'root'
        | 'operation'
        | 'test'
        | 'report'
        | 'gap'
    }

export interface FactStep {
  name: string
  link: Link
  place?: FactPlace
}

export interface Site {
  /** The call first, then its callers. */
  frames: FactPlace[]
  count: number
}

export interface Holder {
  held?: 'listeners' | 'timers' | 'immediates' | 'reactions' | 'dependents' | 'modules'
  class?: string
  name?: string
  isContainer: boolean
  isLocal: boolean
  isAwaited: boolean
  isInStore: boolean
  event?: string
  capacity?: number
  place?: FactPlace
}

/** See src/finding/{subject,change,evidence}.rs. */
export type Tagged = { type: string } & Record<string, any>

export interface Facts {
  kind: import('../..').Finding['kind']
  confidence: import('../..').Finding['confidence']
  subject: Tagged
  change: Tagged
  holder?: Holder
  name?: string
  culprit?: FactPlace
  sites?: Site[]
  /** Where entries were added to the holder. */
  added?: Site[]
  /** Some of what leaks: see src/finding/sample.rs. */
  samples?: Record<string, any>[]
  path?: FactStep[]
  evidence?: Tagged[]
  frees?: import('../..').Finding['frees']
  thread?: string
  key?: string[]
}
