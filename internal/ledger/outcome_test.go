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
		for name, c := range map[string]struct {
			do   func(id int64) error
			want Entry
		}{
			"done": {
				func(id int64) error {
					return l.Done(ctx, id, Outcome{LicenseKey: "p_1", LicenseID: 2, BlogID: 3, KeyID: 4, RequestID: "r", Detail: `{"a":1}`})
				},
				Entry{State: Done, LicenseKey: "p_1", LicenseID: 2, BlogID: 3, KeyID: 4, RequestID: "r", Detail: `{"a":1}`},
			},
			"failed": {
				func(id int64) error { return l.Fail(ctx, id, "invalid_plan", "no\nsuch", "r") },
				Entry{State: Failed, ErrorCode: "invalid_plan", ErrorMessage: "no\nsuch", RequestID: "r"},
			},
			"lost": {
				func(id int64) error { return l.Lose(ctx, id, "timeout", "no answer", "") },
				Entry{State: Unknown, ErrorCode: "timeout", ErrorMessage: "no answer"},
			},
			"found after all": {
				func(id int64) error {
					l.Lose(ctx, id, "timeout", "no answer", "")
					return l.Done(ctx, id, Outcome{LicenseKey: "p_2"})
				},
				Entry{State: Done, LicenseKey: "p_2", ErrorCode: "timeout", ErrorMessage: "no answer"},
			},
			"settled": {
				func(id int64) error {
					l.Lose(ctx, id, "timeout", "no answer", "")
					return l.Settle(ctx, id, Done, Outcome{LicenseKey: "p_3"}, "jane")
				},
				Entry{State: Done, LicenseKey: "p_3", ErrorCode: "timeout", ErrorMessage: "no answer", SettledBy: "jane"},
			},
			"settled though nobody knew it was lost": {
				func(id int64) error { return l.Settle(ctx, id, Void, Outcome{}, "joe") },
				Entry{State: Void, SettledBy: "joe"},
			},
		} {
			t.Run(name, func(t *testing.T) {
				e := begin(t, l, license(name))
				must(t, c.do(e.ID))
				got := entry(t, l, e.ID)
				if !got.UpdatedAt.After(e.UpdatedAt) ||
					got.SettledAt.IsZero() != (c.want.SettledBy == "") ||
					!got.SettledAt.IsZero() && got.SettledAt != got.UpdatedAt {
					t.Errorf("times %v, %v", got.UpdatedAt, got.SettledAt)
				}
				expected := c.want
				expected.ID, expected.Intent, expected.CreatedAt, expected.UpdatedAt, expected.SettledAt = e.ID, e.Intent, e.CreatedAt, got.UpdatedAt, got.SettledAt
				if got != expected {
					t.Errorf("got  %+v\nwant %+v", got, expected)
				}
				if name != "found after all" &&
					name != "settled" { // their first call isn't possible any more
					must(t, c.do(e.ID))
				}
				if again := entry(t, l, e.ID); again != got {
					t.Errorf("repeated %+v\nwant     %+v", again, got)
				}
			})
		}
	})
}

// What an answer says mustn't keep the outcome from being written.
func TestOutcomeIsTidied(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		for _, nasty := range []string{"\xff\x00'\"\\%", strings.Repeat("é☃🎉", 30000)} {
			e := begin(t, l, license(""))
			must(t, l.Lose(t.Context(), e.ID, nasty, nasty, nasty))
			must(t, l.Lose(t.Context(), e.ID, nasty, nasty, nasty))
			must(
				t,
				l.Done(
					t.Context(), e.ID,
					Outcome{LicenseKey: `p_'"\`, RequestID: nasty, Detail: nasty},
				),
			)
			must(
				t,
				l.Done(
					t.Context(), e.ID,
					Outcome{LicenseKey: `p_'"\`, RequestID: nasty, Detail: nasty},
				),
			)
			got := entry(t, l, e.ID)
			for _, text := range []string{got.ErrorCode, got.ErrorMessage, got.RequestID, got.Detail} {
				if text == "" || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
					t.Errorf("stored %.50q", text)
				}
			}
			if len(got.ErrorCode) > 255 || len(got.ErrorMessage) > 2000 ||
				len(got.Detail) > 60000 ||
				len(nasty) > 255 && len(got.ErrorCode) < 250 {
				t.Errorf(
					"lengths %d, %d, %d", len(got.ErrorCode), len(got.ErrorMessage),
					len(got.Detail),
				)
			}
			if got.LicenseKey != `p_'"\` {
				t.Errorf("key %q", got.LicenseKey)
			}
		}
	})
}

// The answer came; that the user has had enough must not lose it.
func TestOutcomeIsWrittenAfterCtrlC(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx, stop := context.WithCancel(t.Context())
		e := begin(t, l, license("1"))
		stop()
		must(t, l.Done(ctx, e.ID, Outcome{LicenseKey: "p_1"}))
		must(t, l.Attached(ctx, "p_1", "https://example.com"))
		must(t, l.Revoked(ctx, "p_1", time.UnixMicro(5)))
		must(t, l.RememberIdentity(ctx, "https://example.com", 1))
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
