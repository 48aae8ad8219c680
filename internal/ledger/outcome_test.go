package ledger

import (
	"context"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

func TestOutcomes(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		full := Outcome{
			LicenseKey: "p_1", LicenseID: 2, BlogID: 3, KeyID: 4, RequestID: "r", Detail: `{"a":1}`,
		}
		lose := func(id int64) { l.Lose(ctx, id, "timeout", "no answer", "") }
		testOutcome(t, l, "done", true,
			func(id int64) error { return l.Done(ctx, id, full) },
			Entry{
				State: Done, LicenseKey: "p_1", LicenseID: 2, BlogID: 3, KeyID: 4, RequestID: "r",
				Detail: `{"a":1}`,
			})
		testOutcome(t, l, "failed", true,
			func(id int64) error { return l.Fail(ctx, id, "invalid_plan", "no\nsuch", "r") },
			Entry{
				State: Failed, ErrorCode: "invalid_plan", ErrorMessage: "no\nsuch", RequestID: "r",
			})
		testOutcome(t, l, "lost", true,
			func(id int64) error { return l.Lose(ctx, id, "timeout", "no answer", "") },
			Entry{State: Unknown, ErrorCode: "timeout", ErrorMessage: "no answer"})
		testOutcome(t, l, "found after all", false,
			func(id int64) error {
				lose(id)
				return l.Done(ctx, id, Outcome{LicenseKey: "p_2"})
			},
			Entry{
				State: Done, LicenseKey: "p_2", ErrorCode: "timeout", ErrorMessage: "no answer",
			})
		testOutcome(t, l, "settled", false,
			func(id int64) error {
				lose(id)
				return l.Settle(ctx, id, Done, Outcome{LicenseKey: "p_3"}, "jane")
			},
			Entry{
				State: Done, LicenseKey: "p_3", ErrorCode: "timeout", ErrorMessage: "no answer",
				SettledBy: "jane",
			})
		testOutcome(t, l, "settled while intended", true,
			func(id int64) error { return l.Settle(ctx, id, Void, Outcome{}, "joe") },
			Entry{State: Void, SettledBy: "joe"})
	})
}

// testOutcome begins an entry, calls do and compares the entry's outcome with wanted. If
// repeatable, it calls do again, which must change nothing.
func testOutcome(
	t *testing.T, l *Ledger, name string, repeatable bool, do func(id int64) error, wanted Entry,
) {
	t.Run(name, func(t *testing.T) {
		e := begin(t, l, license(name))
		must(t, do(e.ID))
		got := entry(t, l, e.ID)
		if !got.UpdatedAt.After(e.UpdatedAt) ||
			got.SettledAt.IsZero() != (wanted.SettledBy == "") ||
			!got.SettledAt.IsZero() && got.SettledAt != got.UpdatedAt {
			t.Errorf("times %v, %v", got.UpdatedAt, got.SettledAt)
		}
		wanted.ID, wanted.Intent, wanted.CreatedAt = e.ID, e.Intent, e.CreatedAt
		wanted.UpdatedAt, wanted.SettledAt = got.UpdatedAt, got.SettledAt
		if got != wanted {
			t.Errorf("got  %+v\nwant %+v", got, wanted)
		}
		if repeatable {
			must(t, do(e.ID))
		}
		if again := entry(t, l, e.ID); again != got {
			t.Errorf("repeated %+v\nwant     %+v", again, got)
		}
	})
}

// An outcome is recorded even if the answer has texts that can't be stored.
func TestOutcomeIsSanitized(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		for _, bad := range []string{"\xff\x00'\"\\%", strings.Repeat("é☃🎉", 30000)} {
			e := begin(t, l, license(""))
			o := Outcome{LicenseKey: `p_'"\`, RequestID: bad, Detail: bad}
			for range 2 {
				must(t, l.Lose(t.Context(), e.ID, bad, bad, bad))
			}
			for range 2 {
				must(t, l.Done(t.Context(), e.ID, o))
			}
			got := entry(t, l, e.ID)
			for _, s := range []string{got.ErrorCode, got.ErrorMessage, got.RequestID, got.Detail} {
				if s == "" || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
					t.Errorf("stored %.50q", s)
				}
			}
			lengths := []int{len(got.ErrorCode), len(got.ErrorMessage), len(got.Detail)}
			if lengths[0] > 255 || lengths[1] > 2000 || lengths[2] > 60000 ||
				len(bad) > 255 && lengths[0] < 250 {
				t.Errorf("lengths %v", lengths)
			}
			if got.LicenseKey != o.LicenseKey {
				t.Errorf("key %q", got.LicenseKey)
			}
		}
	})
}

// The answer has arrived, so it is recorded although the user pressed Ctrl-C.
func TestOutcomeIsRecordedAfterCtrlC(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx, stop := context.WithCancel(t.Context())
		e := begin(t, l, license("1"))
		stop()
		must(t, l.Done(ctx, e.ID, Outcome{LicenseKey: "p_1"}))
		must(t, l.Attached(ctx, "p_1", "https://example.com"))
		must(t, l.Revoked(ctx, "p_1", time.UnixMicro(5)))
		must(t, l.RememberIdentity(ctx, Identity{SiteURL: "https://example.com", BlogID: 1}, false))
		if got := entry(t, l, e.ID); got.State != Done || got.Site == "" || got.RevokedAt.IsZero() {
			t.Errorf("got %+v", got)
		}
		_, err := l.Begin(ctx, license("2"))
		want(t, err, context.Canceled)
		want(t, l.Settle(ctx, e.ID, Void, Outcome{}, "jane"), context.Canceled)
		_, err = l.Get(ctx, e.ID)
		want(t, err, context.Canceled)
		for _, err := range l.List(ctx, Filter{}) {
			want(t, err, context.Canceled)
		}
		if n, err := l.Count(t.Context(), Filter{}); n != 1 || err != nil {
			t.Errorf("%d entries, %v; want 1", n, err)
		}
	})
}
