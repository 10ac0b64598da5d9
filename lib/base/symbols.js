// @ts-check
// Names shared by every copy of this package in a thread, whatever realm it was evaluated in.
'use strict'

/** Where the one set of hooks of this thread is kept, on the `events` module. */
exports.kHub = Symbol.for('leakguard.hub.v1')
/** Marks a function of ours that stands in for another: holds what it stands in for. */
exports.kOriginal = Symbol.for('leakguard.original')
/** Jest takes apart what a test file has put on its global object, but for what bears this. */
exports.kKeptByJest = Symbol.for('$$jest-protect-from-deletion')
/** Brand of our errors, true in every realm. */
exports.kLeakguardError = Symbol.for('leakguard.error')
/** Where the one storage of scopes of this thread is kept, on the `events` module. */
exports.kScopes = Symbol.for('leakguard.scopes.v1')
/** Where the one registry of finalizers of this thread is kept, on the `events` module. */
exports.kFinalizers = Symbol.for('leakguard.finalizers.v1')
