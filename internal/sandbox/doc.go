// Package sandbox implements the partner API of Jetpack for tests on one's own machine: Jetpack
// Start (OAuth token, provision, cancel, status and the rest) and the Jetpack Licensing API. It
// listens on loopback only, rejects requests that the published descriptions don't allow, can
// simulate faults, and can log every request.
//
// It shares no types and no code with the client that it tests: a mistake in shared code would be
// the same on both sides, and no test would find it. It isn't WordPress.com: docs/sandbox.md lists
// what it decides where the published descriptions are silent.
package sandbox
