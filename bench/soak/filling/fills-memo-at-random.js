// @ts-check
// A memo of 6,000 users, who come in any order.
'use strict'

const users = new Map()
module.exports = () => {
  const id = Math.floor(Math.random() * 6000)
  if (!users.has(id)) users.set(id, { id, name: `user ${id}`, roles: [`role ${id}`] })
}
