class Session {}
const sessions = new Set() // here
export const step = () => sessions.add(new Session())
