package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
)

// methods returns calls of all methods that change an entry's state.
func methods(ctx context.Context, l *Ledger, id int64) map[string]func() error {
	key := Outcome{LicenseKey: fmt.Sprint("new_", id)}
	return map[string]func() error{
		"done":          func() error { return l.Done(ctx, id, key) },
		"fail":          func() error { return l.Fail(ctx, id, "new", "", "") },
		"lose":          func() error { return l.Lose(ctx, id, "new", "", "") },
		"settle done":   func() error { return l.Settle(ctx, id, Done, key, "new") },
		"settle failed": func() error { return l.Settle(ctx, id, Failed, Outcome{}, "new") },
		"settle void":   func() error { return l.Settle(ctx, id, Void, Outcome{}, "new") },
	}
}

func TestTransitions(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		key := Outcome{LicenseKey: "old_1"}
		for from, c := range map[string]struct {
			reach    func(id int64) error
			possible []string
		}{
			"done":   {func(id int64) error { return l.Done(ctx, id, key) }, nil},
			"failed": {func(id int64) error { return l.Fail(ctx, id, "old", "", "") }, nil},
			"void": {
				func(id int64) error { return l.Settle(ctx, id, Void, Outcome{}, "old") }, nil,
			},
			"unknown": {
				func(id int64) error { return l.Lose(ctx, id, "old", "", "") },
				[]string{"done", "settle done", "settle failed", "settle void"},
			},
		} {
			for name := range methods(ctx, l, 0) {
				e := begin(t, l, license(""))
				must(t, c.reach(e.ID))
				before := entry(t, l, e.ID)
				err := methods(ctx, l, e.ID)[name]()
				if slices.Contains(c.possible, name) {
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
		for _, call := range methods(ctx, l, 4711) {
			want(t, call(), ErrNotFound)
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
		want(t, l.Settle(ctx, e.ID, Done, Outcome{}, "jane"), ErrInvalid) // no license key
		want(t, l.Done(ctx, e.ID, Outcome{}), ErrInvalid)
		want(t, l.Done(ctx, e.ID, Outcome{LicenseKey: "\xff"}), ErrInvalid)
		err := l.Settle(ctx, e.ID, Done, Outcome{LicenseKey: "p_1"}, "jane") // of another order
		want(t, err, ErrState)
		if strings.Contains(err.Error(), "p_1") {
			t.Errorf("the error quotes the key: %v", err)
		}
		if got := entry(t, l, e.ID); got != e {
			t.Errorf("changed to %+v", got)
		}
	})
}

// An entry isn't settled if looking for another one with the license key fails.
func TestSettleFailsIfLookFails(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		e := begin(t, l, license("1"))
		l.store = hookStore{l.store, func(_ queryer, query string) string {
			if strings.Contains(query, "id <> ?") {
				return "SELECT nonsense"
			}
			return query
		}}
		err := l.Settle(t.Context(), e.ID, Done, Outcome{LicenseKey: "p_1"}, "jane")
		if err == nil || !strings.Contains(err.Error(), "nonsense") {
			t.Errorf("error %v", err)
		}
		if got := entry(t, l, e.ID); got != e {
			t.Errorf("changed to %+v", got)
		}
	})
}
