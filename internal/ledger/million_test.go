package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"jetpack-start/internal/ledger/ledgertest"
	"jetpack-start/internal/testenv"
)

// TestMillion checks the times of calls in a ledger of a million entries. Under the race detector
// SQLite's ledger is small, because times mean nothing there and a million rows take minutes.
func TestMillion(t *testing.T) {
	if testing.Short() {
		t.Skip("builds ledgers of a million rows")
	}
	if testenv.RaceDetector {
		t.Run("times", func(t *testing.T) {
			testenv.Skip(t, "race", "times say nothing under the race detector; make bench")
		})
	}
	t.Run("sqlite", func(t *testing.T) {
		thousands := 1000
		if testenv.RaceDetector {
			thousands = 10
		}
		million(t, ledgertest.SQLite(t), ledgertest.SQLite(t), thousands)
	})
	t.Run("mariadb", func(t *testing.T) {
		million(t, ledgertest.MariaDB(t), ledgertest.MariaDB(t), 1000)
	})
}

func million(t *testing.T, emptyDSN, fullDSN string, thousands int) {
	empty, full := openWith(t, emptyDSN, Options{}), openWith(t, fullDSN, Options{})
	start := time.Now()
	bulk(t, full, thousands)
	t.Logf("%d thousand rows built in %s", thousands, time.Since(start).Round(time.Millisecond))

	middle := fmt.Sprintf("order-%d", thousands*500)
	for _, c := range []struct {
		name string
		f    Filter
		n    int
		most time.Duration
	}{
		{"by reference", Filter{Reference: middle}, 1, 20 * time.Millisecond},
		{"by reference, kind, product and state", Filter{
			Reference: middle, Kind: License, Product: "jetpack-backup-daily",
			States: []State{Done},
		}, 1, 20 * time.Millisecond},
		{"by site and state", Filter{
			Site: "https://site" + middle + ".example", States: []State{Done, Failed},
		}, 1, 20 * time.Millisecond},
		{
			"a reference with many entries",
			Filter{Reference: "many", Limit: 100},
			100, 40 * time.Millisecond,
		},
		{"the open ones", Filter{OpenOnly: true}, thousands, time.Second},
		{"the newest", Filter{Limit: 50}, 50, 40 * time.Millisecond},
		{
			"the newest done or failed",
			Filter{States: []State{Done, Failed}, Limit: 50},
			50, 40 * time.Millisecond,
		},
		{"none of a kind", Filter{Kind: PartnerKey}, 0, 10 * time.Second},
	} {
		if c.f.Reference == "many" || c.f.OpenOnly {
			c.n = min(c.n, thousands)
		}
		ids(t, full, c.f) // fills the cache, because the disk's speed isn't tested
		start := time.Now()
		got := len(ids(t, full, c.f))
		took := time.Since(start)
		t.Logf("list %s: %d in %s", c.name, got, took.Round(time.Microsecond))
		if got != c.n || took > c.most && !testenv.RaceDetector {
			t.Errorf("list %s: %d in %s, want %d in %s", c.name, got, took, c.n, c.most)
		}
	}
	start = time.Now()
	n, err := full.Count(t.Context(), Filter{})
	t.Logf("count: %d in %s, %v", n, time.Since(start).Round(time.Microsecond), err)

	few, many := writes(t, empty, full)
	t.Logf("begin and done: median %s in an empty ledger, %s in the big one", few, many)
	// Smaller differences can't be told from the noise of a shared disk.
	if many > 2*few+2*time.Millisecond && !testenv.RaceDetector {
		t.Errorf("begin and done take %s, in an empty ledger %s", many, few)
	}
}

// writes returns the median times of Begin and Done together in two ledgers. It alternates between
// them, so that a busy moment of the machine affects both.
func writes(t *testing.T, ledgers ...*Ledger) (few, many time.Duration) {
	medians := make([]time.Duration, len(ledgers))
	times := make([][]time.Duration, len(ledgers))
	for i := range 200 {
		for which, l := range ledgers {
			start := time.Now()
			e := begin(t, l, license(fmt.Sprint("new-", i)))
			must(t, l.Done(t.Context(), e.ID, Outcome{LicenseKey: fmt.Sprint("new_", i)}))
			times[which] = append(times[which], time.Since(start))
		}
	}
	for i := range medians {
		slices.Sort(times[i])
		medians[i] = times[i][len(times[i])/2].Round(time.Microsecond)
	}
	return medians[0], medians[1]
}

// bulk adds thousands of licenses. In each thousand one is unknown, the others are done, and one
// has the reference "many".
func bulk(t *testing.T, l *Ledger, thousands int) {
	t.Helper()
	insert := fmt.Sprint(`INSERT INTO jetpack_start_entries (kind, product, reference, site,
			site_key, state, claim, token, license_key, detail, created_at, updated_at)
		SELECT 'license', 'jetpack-backup-daily', {reference}, {site}, {site},
			CASE b.i WHEN 7 THEN 'unknown' ELSE 'done' END, {claim}, '', {key}, '', 0, 0
		FROM numbers AS a CROSS JOIN numbers AS b WHERE a.i < `, thousands)
	pieces := []string{
		"{reference}", "CASE b.i WHEN 3 THEN 'many' ELSE {order} END", "{order}", "'order-' || {i}",
		"{site}", "'siteorder-' || {i} || '.example'", "{key}", "'jetpack-backup-daily_' || {i}",
		"{claim}", "printf('%08x', {i} * 2654435761 % 4294967296)", // in random order, as hashes
		"{i}", "(a.i * 1000 + b.i)",
	}
	statements := []string{"CREATE TABLE numbers (i INTEGER)"}
	for i := range 10 {
		values := make([]string, 100)
		for j := range values {
			values[j] = fmt.Sprintf("(%d)", i*100+j)
		}
		statements = append(statements, "INSERT INTO numbers VALUES "+strings.Join(values, ","))
	}
	var db queryer
	switch s := l.store.(type) {
	case *sqliteStore:
		db = s.writer
		// Creating an index afterwards is faster than updating it with each row.
		statements = append(statements,
			"PRAGMA synchronous=OFF", "PRAGMA cache_size=-400000", "PRAGMA temp_store=memory")
		var indexes []string
		for _, statement := range sqliteSchema()[0] {
			if strings.Contains(statement, "INDEX") {
				words := strings.Fields(statement[strings.Index(statement, "INDEX"):])
				statements = append(statements, "DROP INDEX "+words[1])
				indexes = append(indexes, statement)
			}
		}
		statements = append(append(statements, insert), indexes...)
		statements = append(statements,
			"PRAGMA synchronous=FULL", "PRAGMA cache_size=-2000", "PRAGMA wal_checkpoint(TRUNCATE)")
	case *mysqlStore:
		conn, err := s.db.Conn(t.Context())
		must(t, err)
		defer conn.Close()
		db = conn
		pieces = append([]string{"{claim}", "SHA2({i}, 256)"}, pieces...)
		statements = append(statements,
			"SET SESSION sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')",
			`ALTER TABLE jetpack_start_entries DROP KEY claim, DROP KEY reference,
				DROP KEY license_key, DROP KEY site_key, DROP KEY state`,
			insert,
			`ALTER TABLE jetpack_start_entries ADD UNIQUE KEY claim (claim),
				ADD KEY reference (reference), ADD KEY license_key (license_key),
				ADD KEY site_key (site_key), ADD KEY state (state)`)
	}
	for _, statement := range append(statements, "DROP TABLE numbers") {
		for range 3 { // pieces are nested
			statement = strings.NewReplacer(pieces...).Replace(statement)
		}
		if _, err := db.ExecContext(context.Background(), statement); err != nil {
			t.Fatalf("%.100s: %v", statement, err)
		}
	}
}
