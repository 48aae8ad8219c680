// Package sandbox is a stand-in for the partner API of Jetpack that runs on
// loopback: Jetpack Start (OAuth token, provision, cancel, status and the rest)
// and the Jetpack Licensing API, strict about what it receives, with faults on
// demand and a log of every request.
//
// It follows the published descriptions and shares no type with the client it
// tests, so that it can't agree with the client's mistakes. It isn't
// WordPress.com: docs/sandbox.md says what it decides where they are silent.
package sandbox
