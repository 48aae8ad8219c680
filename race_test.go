//go:build race

package main

// raceDetector says whether the test's own process runs under it; the jetpack-start that it builds never does.
const raceDetector = true
