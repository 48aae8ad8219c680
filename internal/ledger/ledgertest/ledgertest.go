// Package ledgertest gives tests a place for a ledger: an SQLite file, or a database of a real
// MariaDB.
package ledgertest

import (
	"path/filepath"
	"testing"
)

// SQLite gives the path of a file that isn't there yet.
func SQLite(t testing.TB) (path string) {
	t.Helper()
	return filepath.Join(t.TempDir(), "ledger", "ledger.sqlite")
}
