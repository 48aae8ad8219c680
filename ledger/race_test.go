//go:build race

package ledger

// raceDetector says that SQLite, which is Go here, runs more than ten times slower than it does for anybody else.
const raceDetector = true

const childRounds = 25
