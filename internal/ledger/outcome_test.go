package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
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

// moves are the ways to leave a state.
func moves(l *Ledger, ctx context.Context, id int64) map[string]func() error {
	return map[string]func() error{
		"done":          func() error { return l.Done(ctx, id, Outcome{LicenseKey: fmt.Sprint("new_", id)}) },
		"fail":          func() error { return l.Fail(ctx, id, "new", "", "") },
		"lose":          func() error { return l.Lose(ctx, id, "new", "", "") },
		"settle done":   func() error { return l.Settle(ctx, id, Done, Outcome{LicenseKey: fmt.Sprint("new_", id)}, "new") },
		"settle failed": func() error { return l.Settle(ctx, id, Failed, Outcome{}, "new") },
		"settle void":   func() error { return l.Settle(ctx, id, Void, Outcome{}, "new") },
	}
}

func TestStatesHold(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		for from, c := range map[string]struct {
			reach    func(id int64) error
			possible string
		}{
			"done":   {func(id int64) error { return l.Done(ctx, id, Outcome{LicenseKey: "old_1"}) }, ""},
			"failed": {func(id int64) error { return l.Fail(ctx, id, "old", "", "") }, ""},
			"void":   {func(id int64) error { return l.Settle(ctx, id, Void, Outcome{}, "old") }, ""},
			"lost":   {func(id int64) error { return l.Lose(ctx, id, "old", "", "") }, "done, settle done, settle failed, settle void"},
		} {
			for name := range moves(l, ctx, 0) {
				e := begin(t, l, license(""))
				must(t, c.reach(e.ID))
				before := entry(t, l, e.ID)
				err := moves(l, ctx, e.ID)[name]()
				if slices.Contains(strings.Split(c.possible, ", "), name) {
					if err != nil {
						t.Errorf("from %s, %s: %v", from, name, err)
					}
					continue
				}
				want(t, err, ErrState)
				if after := entry(t, l, e.ID); after != before {
					t.Errorf("from %s, %s changed %+v to %+v", from, name, before, after)
				}
			}
		}
		for _, move := range moves(l, ctx, 4711) {
			want(t, move(), ErrNotFound)
		}
	})
}

func TestSettleRefuses(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		other, e := begin(t, l, license("1")), begin(t, l, license("2"))
		must(t, l.Done(ctx, other.ID, Outcome{LicenseKey: "p_1"}))
		want(t, l.Settle(ctx, e.ID, Unknown, Outcome{}, "jane"), ErrInvalid)
		want(t, l.Settle(ctx, e.ID, Void, Outcome{}, ""), ErrInvalid)
		want(t, l.Settle(ctx, e.ID, Void, Outcome{}, "\xff"), ErrInvalid)
		want(t, l.Settle(ctx, e.ID, Done, Outcome{}, "jane"), ErrInvalid) // which license?
		want(t, l.Done(ctx, e.ID, Outcome{}), ErrInvalid)
		want(t, l.Done(ctx, e.ID, Outcome{LicenseKey: "\xff"}), ErrInvalid)
		err := l.Settle(
			ctx, e.ID, Done, Outcome{LicenseKey: "p_1"}, "jane",
		) // it is another order's
		want(t, err, ErrState)
		if strings.Contains(err.Error(), "p_1") {
			t.Errorf("the error quotes the key: %v", err)
		}
		if got := entry(t, l, e.ID); got != e {
			t.Errorf("changed to %+v", got)
		}
	})
}

// failingStore is a store whose transactions fail to read what contains a text.
type failingStore struct {
	store
	text string
}

func (s failingStore) write(ctx context.Context, f txFunc) error {
	return s.store.write(ctx, func(ctx context.Context, tx queryer) error {
		return f(ctx, failingQueryer{tx, s.text})
	})
}

type failingQueryer struct {
	queryer
	text string
}

func (q failingQueryer) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	if strings.Contains(query, q.text) {
		query, args = "SELECT nonsense", nil
	}
	return q.queryer.QueryRowContext(ctx, query, args...)
}

// An entry isn't settled if it isn't known whether another one has its license.
func TestSettleWithoutLook(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		e := begin(t, l, license("1"))
		l.store = failingStore{l.store, "id <> ?"}
		err := l.Settle(t.Context(), e.ID, Done, Outcome{LicenseKey: "p_1"}, "jane")
		if err == nil || !strings.Contains(err.Error(), "nonsense") {
			t.Errorf("error %v", err)
		}
		if got := entry(t, l, e.ID); got != e {
			t.Errorf("changed to %+v", got)
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

func TestLicense(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		e := begin(t, l, license("1"))
		begin(t, l, license("2")) // has no key
		must(t, l.Done(ctx, e.ID, Outcome{LicenseKey: "p_1"}))
		for _, key := range []string{"", "P_1", "p_1 ", "p_2", "\xff", "p_1\x00", strings.Repeat("x", 300)} {
			_, err := l.ByLicense(ctx, key)
			want(t, err, ErrNotFound)
			want(t, l.Revoked(ctx, key, time.UnixMicro(5)), ErrNotFound)
			want(t, l.Attached(ctx, key, "https://example.com"), ErrNotFound)
			if len(key) > 2 && strings.Contains(err.Error(), key) {
				t.Errorf("the error quotes the key: %v", err)
			}
		}
		want(t, l.Attached(ctx, "p_1", "\xff"), ErrInvalid)
		must(t, l.Attached(ctx, "p_1", "https://example.com"))
		must(t, l.Revoked(ctx, "p_1", time.UnixMicro(5)))
		got, err := l.ByLicense(ctx, "p_1")
		must(t, err)
		if got.Site != "https://example.com" || got.RevokedAt != time.UnixMicro(5).UTC() ||
			got.State != Done {
			t.Errorf("got %+v", got)
		}
		must(t, l.Attached(ctx, "p_1", "https://example.com"))
		must(t, l.Revoked(ctx, "p_1", time.UnixMicro(6)))
		if again := entry(t, l, e.ID); again != got {
			t.Errorf("repeated %+v, want %+v", again, got)
		}
		must(t, l.Attached(ctx, "p_1", ""))
		if got := entry(t, l, e.ID); got.Site != "" {
			t.Errorf("got %+v", got)
		}
	})
}
