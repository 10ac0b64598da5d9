// @ts-check
// What Node and the system call things, as people call them. The name itself stays beside it.

/** Descriptors by kind. @type {Record<string, string>} */
const DESCRIPTORS = {
  file: 'open files',
  pipe: 'open pipes',
  socket: 'open sockets',
  eventfd: 'wake-up counters of event loops',
  eventpoll: 'event loops',
  inotify: 'file watchers',
  timerfd: 'timers of the system',
  signalfd: 'signal receivers',
  pidfd: 'handles of processes',
  io_uring: 'queues for file operations',
  device: 'open devices',
  directory: 'open directories'
}
/** Handles and requests of Node by class. @type {Record<string, string>} */
const HANDLES = {
  TCPSocketWrap: 'TCP sockets',
  TCPWrap: 'TCP sockets',
  TCPServerWrap: 'listening TCP servers',
  TLSWrap: 'TLS connections',
  PipeWrap: 'pipes',
  TTYWrap: 'terminals',
  UDPWrap: 'UDP sockets',
  ProcessWrap: 'child processes',
  Worker: 'worker threads',
  MessagePort: 'message ports',
  FSEventWrap: 'file watchers',
  StatWatcher: 'file watchers',
  SignalWrap: 'signal handlers',
  Timeout: 'timers',
  Immediate: 'immediates',
  FSReqCallback: 'file operations under way',
  FSReqPromise: 'file operations under way',
  FileHandle: 'file handles',
  GetAddrInfoReqWrap: 'name look-ups under way',
  TCPConnectWrap: 'connections being made',
  WriteWrap: 'writes under way',
  ShutdownWrap: 'connections being closed',
  HTTPINCOMINGMESSAGE: 'HTTP requests under way',
  HTTPClientRequest: 'HTTP requests under way'
}
/** @type {Record<string, string>} */
const TIMERS = { setInterval: 'live intervals', setTimeout: 'pending timeouts', setImmediate: 'immediates' }
/** @type {Record<string, string>} */
const MEMORY = {
  heapUsed: 'JavaScript heap',
  external: 'memory outside of the heap',
  arrayBuffers: 'Buffers',
  malloc: 'native memory',
  rss: 'resident memory'
}

/** @param {Record<string, string>} table @param {string} name */
const known = (table, name) => (Object.hasOwn(table, name) ? table[name] : undefined)

/** What a count or series is of: a word of people's where there is one. @param {string} label @param {string} [pool] */
export function thingOf(label, pool) {
  const descriptor = label.startsWith('fd:') ? known(DESCRIPTORS, label.slice(3)) : undefined
  const word = descriptor ?? known(HANDLES, label) ?? known(TIMERS, label) ?? known(MEMORY, label)
  if (word) return word
  const [, event, of] = /^(.+) of (\S+)$/s.exec(label) ?? []
  const isListener = pool === undefined || pool === 'target' || pool === 'listener'
  return event !== undefined && isListener ? `'${event}' listeners on ${of}` : label
}

/** The same for people who know the name: it stays readable. @param {string} label @param {string} [pool] */
export function titleOf(label, pool) {
  const thing = thingOf(label, pool)
  return thing === label ? label : `${thing} (${label})`
}

/** What a pool of counts is called. @type {Record<string, string>} */
const POOLS = {
  target: 'listener list',
  listener: 'listener',
  timer: 'timer',
  resource: 'resource',
  descriptor: 'descriptor',
  collection: 'collection',
  cache: 'cache',
  group: 'handles'
}

/** @param {{ pool?: string }} row */
export const poolOf = ({ pool = 'group' }) => known(POOLS, pool) ?? pool

/** Ways to explain memory. @type {Record<string, [what: string, shows: string]>} */
const RUNGS = {
  profile: ['Heap profile', 'names the lines that allocate what stays'],
  census: ['Two censuses of objects', 'show which classes gained'],
  graph: ['Heap graph of a copy', 'shows what retains the memory']
}

/** @param {string} rung @returns {[what: string, shows: string]} */
export const rungOf = (rung) => (Object.hasOwn(RUNGS, rung) ? RUNGS[rung] : [rung, ''])
