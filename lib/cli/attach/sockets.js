// @ts-check
// Sockets of a process, as /proc tells them: where it listens, and whether somebody is connected there.
'use strict'

const fs = require('node:fs')

const LISTEN = '0A'
const ESTABLISHED = '01'

/** @typedef {{ port: number, state: string, inode: string, isLoopback: boolean }} Socket */

/** All sockets of its network. @param {number} pid @returns {Socket[]} */
function socketsAround(pid) {
  return ['tcp', 'tcp6'].flatMap((name) => {
    let text = ''
    try {
      text = fs.readFileSync(`/proc/${pid}/net/${name}`, 'latin1')
    } catch {
      // There may be no IPv6.
    }
    return text
      .split('\n')
      .slice(1)
      .filter(Boolean)
      .map((line) => {
        const [, local, , state, , , , , , inode] = line.trim().split(/\s+/)
        const [address, port] = local.split(':')
        const isLoopback = /^(?:[0-9A-F]{6}7F|0{24}01000000|0{16}FFFF0000[0-9A-F]{6}7F)$/.test(address)
        return { port: Number.parseInt(port, 16), state, inode, isLoopback }
      })
  })
}

/** Inodes of the sockets that it has open. @param {number} pid @returns {Set<string>} */
function inodesOf(pid) {
  const folder = `/proc/${pid}/fd`
  const links = fs.readdirSync(folder).map((fd) => {
    try {
      return fs.readlinkSync(`${folder}/${fd}`)
    } catch {
      return ''
    }
  })
  return new Set(links.flatMap((to) => /^socket:\[(\d+)\]$/.exec(to)?.[1] ?? []))
}

/** Where the process listens, and who else does. @param {number} pid */
function listeners(pid) {
  const own = inodesOf(pid)
  const all = socketsAround(pid)
  const listening = all.filter(({ state }) => state === LISTEN)
  return {
    own: listening.filter(({ inode }) => own.has(inode)),
    others: listening.filter(({ inode }) => !own.has(inode)),
    connected: all.filter(({ state, inode }) => state === ESTABLISHED && own.has(inode))
  }
}

module.exports = { listeners }
