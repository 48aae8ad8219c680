package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Filter says which entries are meant: those for which all that is given holds. The zero value
// means all of them, newest first.
type Filter struct {
	Kind       Kind
	Product    string
	Reference  string
	States     []State // any of them
	LicenseKey string
	Site       string    // a URL; those that Identity takes for the same site count too
	Before     time.Time // only entries made before
	OpenOnly   bool      // only those that somebody has to settle: intended and unknown
	Oldest     bool      // oldest first
	Limit      int       // at most so many; 0 = all
}

func (f Filter) check() error {
	if f.Limit < 0 {
		return fmt.Errorf("ledger: %w limit %d", ErrInvalid, f.Limit)
	}
	if f.Site != "" && siteKey(f.Site) == "" {
		return fmt.Errorf("ledger: %w site: it has no host", ErrInvalid)
	}
	texts := []struct{ name, text string }{
		{"kind", string(f.Kind)},
		{"product", f.Product},
		{"reference", f.Reference},
		{"license key", f.LicenseKey},
		{"site", f.Site},
	}
	for _, s := range f.States {
		texts = append(texts, struct{ name, text string }{"state", string(s)})
	}
	for _, t := range texts {
		if err := checkText(t.name, t.text); err != nil {
			return err
		}
	}
	return nil
}

// states are those that the filter leaves, each once; nil means all, empty means none.
func (f Filter) states() []State {
	if len(f.States) == 0 && !f.OpenOnly {
		return nil
	}
	states := []State{Intended, Unknown}
	if len(f.States) > 0 {
		states = slices.Compact(slices.Sorted(slices.Values(f.States)))
	}
	return slices.DeleteFunc(states, func(s State) bool { return f.OpenOnly && !s.Open() })
}

// query is the statement for one page, the IDs from and to included.
func (f Filter) query(from, to int64, size int) (string, []any) {
	order := " ORDER BY id DESC LIMIT ?"
	if f.Oldest {
		order = " ORDER BY id LIMIT ?"
	}
	states := f.states()
	groups := [][]State{states}
	// In the index of states each state has its entries in order. Several at once would have to be
	// sorted, all of them for each page; so each is asked for alone.
	if len(states) > 1 && f.Reference == "" && f.LicenseKey == "" && f.Site == "" {
		groups = nil
		for _, s := range states {
			groups = append(groups, []State{s})
		}
	}
	var parts []string
	var args []any
	for i, group := range groups {
		where, some := f.where(group)
		parts = append(parts, fmt.Sprintf(`SELECT * FROM (SELECT %s FROM jetpack_start_entries
			WHERE %s AND id BETWEEN ? AND ?%s) AS part%d`, columns, where, order, i))
		args = append(append(args, some...), from, to, size)
	}
	return strings.Join(parts, " UNION ALL ") + order, append(args, size)
}

// where is the condition. Where several indexes would do, SQLite takes any of them; the + keeps it
// off those that find more rows than another.
func (f Filter) where(states []State) (string, []any) {
	conditions, args := []string{"id > 0"}, []any(nil)
	off := ""
	add := func(column, value string) {
		if value != "" {
			conditions = append(
				conditions, fmt.Sprintf("%s%s = ? AND %s <> ''", off, column, column),
			)
			args = append(args, value)
			off = "+"
		}
	}
	add("license_key", f.LicenseKey)
	add("reference", f.Reference)
	add("site_key", siteKey(f.Site))
	if states != nil {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(states)), ", ")
		conditions = append(conditions, fmt.Sprintf("%sstate IN (%s)", off, marks))
		for _, s := range states {
			args = append(args, s)
		}
	}
	if f.Kind != "" {
		conditions, args = append(conditions, "kind = ?"), append(args, f.Kind)
	}
	if f.Product != "" {
		conditions, args = append(conditions, "product = ?"), append(args, f.Product)
	}
	if !f.Before.IsZero() {
		conditions, args = append(conditions, "created_at < ?"), append(args, f.Before.UnixMicro())
	}
	return strings.Join(conditions, " AND "), args
}
