class Session {}
const sessions = [] // here
exports.step = () => sessions.push(new Session())
