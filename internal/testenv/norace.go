//go:build !race

package testenv

// RaceDetector reports whether the tests run under the race detector. The jetpack-start of Build
// never does.
const RaceDetector = false
