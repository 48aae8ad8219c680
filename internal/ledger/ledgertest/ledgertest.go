// Package ledgertest provides tests with databases for a ledger: the path of an SQLite file, or a
// database on a real MariaDB server.
package ledgertest

import (
	"path/filepath"
	"testing"
)

// SQLite returns the path of a file that doesn't exist yet, in a folder that doesn't exist yet.
func SQLite(t testing.TB) (path string) {
	t.Helper()
	return filepath.Join(t.TempDir(), "ledger", "ledger.sqlite")
}
