package ledger

import (
	"fmt"
	"testing"

	"jetpack-start/internal/ledger/ledgertest"
)

func eachBench(b *testing.B, f func(b *testing.B, dsn string)) {
	b.Run("sqlite", func(b *testing.B) { f(b, ledgertest.SQLite(b)) })
	b.Run("mariadb", func(b *testing.B) { f(b, ledgertest.MariaDB(b)) })
}

// BenchmarkOpen measures what the ledger costs a command that makes no call.
func BenchmarkOpen(b *testing.B) {
	eachBench(b, func(b *testing.B, dsn string) {
		openWith(b, dsn, Options{}).Close()
		for b.Loop() {
			l, err := Open(b.Context(), dsn, Options{})
			must(b, err)
			must(b, l.Close())
		}
	})
}

// BenchmarkBeginDone measures what the ledger costs a call of the API.
func BenchmarkBeginDone(b *testing.B) {
	eachBench(b, func(b *testing.B, dsn string) {
		l := openWith(b, dsn, Options{})
		for n := 0; b.Loop(); n++ {
			e := begin(b, l, license(fmt.Sprint(n)))
			must(b, l.Done(b.Context(), e.ID, Outcome{LicenseKey: fmt.Sprint("p_", n)}))
		}
	})
}

// BenchmarkBeginDoneParallel measures the same with many calls at once.
func BenchmarkBeginDoneParallel(b *testing.B) {
	eachBench(b, func(b *testing.B, dsn string) {
		l := openWith(b, dsn, Options{})
		b.SetParallelism(8)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				e, err := l.Begin(b.Context(), license(""))
				if err == nil {
					err = l.Done(b.Context(), e.ID, Outcome{LicenseKey: fmt.Sprint("p_", e.ID)})
				}
				if err != nil {
					b.Error(err)
				}
			}
		})
	})
}
