package ledger

import (
	"strings"
	"testing"
	"time"
)

func TestLicense(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		e := begin(t, l, license("1"))
		begin(t, l, license("2")) // has no key
		must(t, l.Done(ctx, e.ID, Outcome{LicenseKey: "p_1"}))
		for _, key := range []string{
			"", "P_1", "p_1 ", "p_2", "\xff", "p_1\x00", strings.Repeat("x", 300),
		} {
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

// Of several entries with one license key, the newest counts.
func TestLicenseOfSeveralEntries(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		var newest Entry
		for _, reference := range []string{"1", "2"} {
			newest = begin(t, l, license(reference))
			must(t, l.Done(t.Context(), newest.ID, Outcome{LicenseKey: "p_1"}))
		}
		got, err := l.ByLicense(t.Context(), "p_1")
		must(t, err)
		if got.ID != newest.ID {
			t.Errorf("entry %d, want %d", got.ID, newest.ID)
		}
	})
}
