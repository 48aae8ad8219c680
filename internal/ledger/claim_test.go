package ledger

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestBegin(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		intent := Intent{
			Kind:      Provision,
			Product:   "complete",
			Reference: "order 1 ☃ 🎉",
			Site:      "https://example.com/blog",
		}
		e := begin(t, l, intent)
		at := time.UnixMicro(1000001).UTC()
		expected := Entry{ID: 1, Intent: intent, State: Intended, CreatedAt: at, UpdatedAt: at}
		if e != expected {
			t.Errorf("begun  %+v\nwant %+v", e, expected)
		}
		if got := entry(t, l, e.ID); got != expected {
			t.Errorf("stored %+v\nwant %+v", got, expected)
		}
		must(t, l.Close())
		if got := entry(t, open(t, dsn), e.ID); got != expected {
			t.Errorf("reopened %+v\nwant %+v", got, expected)
		}
	})
}

func TestClaimIsHeldOnce(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		first := begin(t, l, license("1"))
		for _, other := range []Intent{
			license("2"),
			license("1 "), // MySQL's default collations ignore spaces at the end, case and accents
			{Kind: License, Product: "jetpack-backup-dailY", Reference: "1"},
			{Kind: Provision, Product: "jetpack-backup-daily", Reference: "1"},
			{Kind: License, Product: "jetpack-backup", Reference: "-daily1"},
			license("é"), license("e"), license("É"),
			license(""), license(""), // claims nothing
		} {
			if e := begin(t, l, other); e.ID == first.ID {
				t.Errorf("%+v got the entry of %+v", other, first)
			}
		}
		again := license("1")
		again.Site = "https://elsewhere.example"
		held, err := l.Begin(t.Context(), again)
		want(t, err, ErrClaimed)
		if held != first {
			t.Errorf("held by %+v, want %+v", held, first)
		}
		const text = `already claimed: entry 1 (intended) holds reference "1" of license ` +
			`jetpack-backup-daily`
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q, want %q", err, text)
		}
		must(t, l.Done(t.Context(), first.ID, Outcome{LicenseKey: "k"}))
		held, err = l.Begin(t.Context(), again)
		want(t, err, ErrClaimed)
		if held.LicenseKey != "k" || held.State != Done {
			t.Errorf("held by %+v, want the license", held)
		}
	})
}

func TestClaimIsReleased(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		for name, end := range map[string]func(id int64) error{
			"failed": func(id int64) error { return l.Fail(t.Context(), id, "code", "no", "") },
			"settled as failed": func(id int64) error {
				must(t, l.Lose(t.Context(), id, "timeout", "", ""))
				return l.Settle(t.Context(), id, Failed, Outcome{}, "jane")
			},
			"void": func(id int64) error {
				return l.Settle(t.Context(), id, Void, Outcome{}, "jane")
			},
		} {
			first := begin(t, l, license(name))
			must(t, end(first.ID))
			if second := begin(t, l, license(name)); second.ID == first.ID {
				t.Errorf("%s: the claim stayed with the entry", name)
			}
		}
		e := begin(t, l, license("lost"))
		must(t, l.Lose(t.Context(), e.ID, "timeout", "", ""))
		_, err := l.Begin(t.Context(), license("lost"))
		want(t, err, ErrClaimed)

		e = begin(t, l, license("revoked"))
		must(t, l.Done(t.Context(), e.ID, Outcome{LicenseKey: "revoked_1"}))
		must(t, l.Revoked(t.Context(), "revoked_1", time.UnixMicro(7)))
		_, err = l.Begin(t.Context(), license("revoked"))
		want(t, err, ErrClaimed)
	})
}

func TestBeginRefuses(t *testing.T) {
	long := strings.Repeat("x", 255)
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		for _, c := range []struct {
			intent Intent
			text   string
		}{
			{Intent{Kind: "plan", Product: "p"}, `invalid kind "plan"`},
			{Intent{Kind: License}, "invalid product: it is empty"},
			{license(long + "x"), "invalid reference: 256 bytes, more than 255"},
			{license(strings.Repeat("é", 128)), "invalid reference: 256 bytes"},
			{license("a\x00b"), "invalid reference: it has a NUL byte"},
			{license("a\xff"), "invalid reference: not UTF-8"},
			{Intent{Kind: License, Product: long + "x"}, "invalid product: 256 bytes"},
			{Intent{Kind: License, Product: "p", Site: "\xc0"}, "invalid site: not UTF-8"},
		} {
			_, err := l.Begin(t.Context(), c.intent)
			want(t, err, ErrInvalid)
			if !strings.Contains(err.Error(), c.text) {
				t.Errorf("error %q, want %q", err, c.text)
			}
		}
		e := begin(t, l, Intent{Kind: License, Product: long, Reference: long, Site: long})
		if got := entry(t, l, e.ID); got != e {
			t.Errorf("got %+v, want %+v", got, e)
		}
		if n, err := l.Count(t.Context(), Filter{}); n != 1 || err != nil {
			t.Errorf("%d entries, %v; want 1", n, err)
		}
	})
}

func TestClaimsAtOnce(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := openWith(t, dsn, Options{})
		var begun, held atomic.Int64
		var group sync.WaitGroup
		for range 16 {
			group.Go(func() {
				for _, reference := range strings.Fields("a b c d e f") {
					e, err := l.Begin(t.Context(), license(reference))
					switch {
					case err == nil:
						begun.Add(1)
						err = l.Fail(t.Context(), e.ID, "code", "", "")
					case e.Reference == reference:
						held.Add(1)
						err = nil
					}
					if err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
		if begun.Load() < 6 || begun.Load()+held.Load() != 16*6 {
			t.Errorf("%d begun, %d held", begun.Load(), held.Load())
		}
	})
}
