package ledger

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func ids(t testing.TB, l *Ledger, f Filter) []int64 {
	t.Helper()
	found := []int64{}
	for e, err := range l.List(t.Context(), f) {
		must(t, err)
		found = append(found, e.ID)
	}
	return found
}

func TestList(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		for _, i := range []Intent{
			1: {Kind: License, Product: "a", Reference: "r", Site: "https://Example.com"},
			2: {Kind: License, Product: "b", Reference: "r", Site: "http://example.com/"},
			3: {Kind: Provision, Product: "a", Reference: "r", Site: "https://example.com/demo"},
			4: {Kind: PartnerKey, Product: "a", Reference: "s"},
			5: {Kind: License, Product: "a", Reference: "R", Site: "https://example.com:443/Demo"},
			6: {Kind: License, Product: "a"},
		}[1:] { // by ID
			begin(t, l, i)
		}
		must(t, l.Done(ctx, 1, Outcome{LicenseKey: "a_1"}))
		must(t, l.Fail(ctx, 2, "code", "", ""))
		must(t, l.Lose(ctx, 3, "code", "", ""))
		must(t, l.Settle(ctx, 4, Void, Outcome{}, "jane"))
		for _, c := range []struct {
			f    Filter
			want []int64
		}{
			{Filter{}, []int64{6, 5, 4, 3, 2, 1}},
			{Filter{Oldest: true}, []int64{1, 2, 3, 4, 5, 6}},
			{Filter{Limit: 2}, []int64{6, 5}},
			{Filter{Limit: 2, Oldest: true}, []int64{1, 2}},
			{Filter{Limit: 6}, []int64{6, 5, 4, 3, 2, 1}},
			{Filter{Limit: 7}, []int64{6, 5, 4, 3, 2, 1}},
			{Filter{Kind: License}, []int64{6, 5, 2, 1}},
			{Filter{Product: "a", Kind: License}, []int64{6, 5, 1}},
			{Filter{Reference: "r"}, []int64{3, 2, 1}},
			{Filter{Reference: "r", Limit: 1}, []int64{3}},
			{Filter{Reference: "r "}, []int64{}},
			{Filter{Reference: "r", Kind: License, States: []State{Failed, Done}}, []int64{2, 1}},
			{Filter{States: []State{Failed, Done}}, []int64{2, 1}},
			{
				Filter{States: []State{Failed, Done, Void, Unknown}, Oldest: true, Limit: 3},
				[]int64{1, 2, 3},
			},
			{Filter{States: []State{Done}}, []int64{1}},
			{Filter{States: []State{Done, Failed, Done}}, []int64{2, 1}},
			{Filter{States: []State{"nonsense"}}, []int64{}},
			{Filter{OpenOnly: true}, []int64{6, 5, 3}},
			{Filter{OpenOnly: true, States: []State{Unknown, Done}}, []int64{3}},
			{Filter{OpenOnly: true, States: []State{Done}}, []int64{}},
			{Filter{OpenOnly: true, Reference: "r"}, []int64{3}},
			{Filter{LicenseKey: "a_1"}, []int64{1}},
			{Filter{LicenseKey: "a_1", Reference: "s"}, []int64{}},
			{Filter{Site: "example.com"}, []int64{2, 1}},
			{Filter{Site: "https://EXAMPLE.com/demo/", Reference: "r"}, []int64{3}},
			{Filter{Site: "https://example.com/Demo"}, []int64{5}},
			{Filter{Before: time.UnixMicro(1000003)}, []int64{2, 1}},
		} {
			if got := ids(t, l, c.f); !slices.Equal(got, c.want) {
				t.Errorf("%+v selects %v, want %v", c.f, got, c.want)
			}
			c.f.Limit = 0
			all := len(ids(t, l, c.f))
			if n, err := l.Count(ctx, c.f); err != nil || n != int64(all) {
				t.Errorf("%+v: count %d, %v, want %d", c.f, n, err, all)
			}
		}
		for _, f := range []Filter{
			{Limit: -1},
			{Reference: "\xff"},
			{Site: "a\x00"},
			{Site: "https://"},
			{States: []State{"\xff"}},
			{LicenseKey: strings.Repeat("x", 256)},
		} {
			for _, err := range l.List(ctx, f) {
				want(t, err, ErrInvalid)
			}
			_, err := l.Count(ctx, f)
			want(t, err, ErrInvalid)
		}
	})
}

// fill adds entries 1 to n. Every third is failed, the others are intended.
func fill(t testing.TB, l *Ledger, n int) {
	t.Helper()
	must(t, l.write(t.Context(), func(ctx context.Context, tx queryer) error {
		for i := range n {
			if _, _, err := l.insert(ctx, tx, license(fmt.Sprint("order ", i)), ""); err != nil {
				return err
			}
		}
		_, err := tx.ExecContext(
			ctx, "UPDATE jetpack_start_entries SET state = 'failed' WHERE id % 3 = 0",
		)
		return err
	}))
}

func TestListPages(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		const n = 2*pageSize + 50
		fill(t, l, n)
		both := []State{Intended, Failed}
		for _, f := range []Filter{
			{}, {Oldest: true}, {States: both}, {States: both, Oldest: true},
		} {
			got := ids(t, l, f)
			if !f.Oldest {
				slices.Reverse(got)
			}
			for i, id := range got {
				if id != int64(i+1) {
					t.Fatalf("%+v: entry %d has the ID %d", f, i, id)
				}
			}
			if len(got) != n {
				t.Errorf("%+v: %d entries, want %d", f, len(got), n)
			}
		}
		for limit := pageSize - 1; limit <= pageSize+1; limit++ {
			if got := ids(t, l, Filter{Limit: limit}); len(got) != limit {
				t.Errorf("limit %d: %d entries", limit, len(got))
			}
		}
	})
}

// A loop over a list may write: it isn't blocked by its own list, and doesn't see what it added.
func TestListWhileWriting(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		fill(t, l, pageSize+10)
		for _, oldest := range []bool{true, false} {
			before, err := l.Count(t.Context(), Filter{States: []State{Intended}})
			must(t, err)
			seen := int64(0)
			for e, err := range l.List(t.Context(), Filter{OpenOnly: true, Oldest: oldest}) {
				must(t, err)
				seen++
				if seen%10 == 0 {
					must(t, l.Fail(t.Context(), e.ID, "code", "", ""))
					begin(t, l, e.Intent)
				}
			}
			if seen != before {
				t.Errorf("oldest %t: %d entries seen, want %d", oldest, seen, before)
			}
		}
		for range l.List(t.Context(), Filter{}) {
			break // must not leave a query open
		}
	})
}
