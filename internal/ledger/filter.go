package ledger

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"jetpack-start/jetpack"
)

// Filter selects the entries that match all fields that are set. The zero value selects all
// entries, newest first.
type Filter struct {
	Kind       Kind
	Product    string
	Reference  string
	States     []State // any of these
	LicenseKey string
	Site       string    // a URL; matches all URLs with the same jetpack.SiteKey
	Before     time.Time // only entries created before this time
	OpenOnly   bool      // only entries that have to be settled: intended and unknown
	Oldest     bool      // oldest first
	Limit      int       // maximum number of entries; 0 means no limit
}

func (f Filter) check() error {
	if f.Limit < 0 {
		return fmt.Errorf("ledger: %w limit %d", ErrInvalid, f.Limit)
	}
	if f.Site != "" && jetpack.SiteKey(f.Site) == "" {
		return fmt.Errorf("ledger: %w site: the URL has no host", ErrInvalid)
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

// states returns the states that the filter accepts, each once. nil means all states, an empty
// slice means none.
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

// query returns the statement, with its arguments, for one page of up to size entries whose IDs
// are between from and to, both included.
func (f Filter) query(from, to int64, size int) (string, []any) {
	order := " ORDER BY id DESC LIMIT ?"
	if f.Oldest {
		order = " ORDER BY id LIMIT ?"
	}
	states := f.states()
	groups := [][]State{states}
	// The index on the state has the entries of each state in the order of their IDs. A query for
	// several states would have to sort all their entries for each page, so query each alone.
	if len(states) > 1 && f.Reference == "" && f.LicenseKey == "" && f.Site == "" {
		groups = nil
		for _, s := range states {
			groups = append(groups, []State{s})
		}
	}
	var parts []string
	var args []any
	for i, group := range groups {
		where, whereArgs := f.where(group)
		parts = append(parts, fmt.Sprintf(`SELECT * FROM (SELECT %s FROM jetpack_start_entries
			WHERE %s AND id BETWEEN ? AND ?%s) AS part%d`, columns, where, order, i))
		args = append(append(args, whereArgs...), from, to, size)
	}
	return strings.Join(parts, " UNION ALL ") + order, append(args, size)
}

// where returns the condition and its arguments. If several indexes are possible, SQLite doesn't
// always choose the one that matches the fewest rows; a + before a column keeps it from using that
// column's index.
func (f Filter) where(states []State) (string, []any) {
	conditions, args := []string{"id > 0"}, []any(nil)
	noIndex := ""
	indexed := func(column, value string) {
		if value != "" {
			condition := fmt.Sprintf("%s%s = ? AND %s <> ''", noIndex, column, column)
			conditions, args = append(conditions, condition), append(args, value)
			noIndex = "+"
		}
	}
	indexed("license_key", f.LicenseKey)
	indexed("reference", f.Reference)
	indexed("site_key", jetpack.SiteKey(f.Site))
	if states != nil {
		marks := strings.TrimSuffix(strings.Repeat("?, ", len(states)), ", ")
		conditions = append(conditions, fmt.Sprintf("%sstate IN (%s)", noIndex, marks))
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
