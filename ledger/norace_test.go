//go:build !race

package ledger

const raceDetector = false

const childRounds = 60
