package ledger

import (
	"strings"
	"sync"
	"testing"
)

func TestIdentity(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		const site, other = "https://example.com/blog", "https://clone.example"
		_, err := l.Identity(ctx, site)
		want(t, err, ErrNotFound)
		must(t, l.CheckIdentity(ctx, site, 1))
		must(t, l.RememberIdentity(ctx, site, 1))
		must(t, l.RememberIdentity(ctx, site, 1))
		for _, same := range []string{
			site, site + "/", "http://EXAMPLE.com/blog", "https://example.com.:443/blog",
		} {
			if id, err := l.Identity(ctx, same); id != 1 || err != nil {
				t.Errorf("%s has %d, %v", same, id, err)
			}
			must(t, l.CheckIdentity(ctx, same, 1))
		}
		must(t, l.CheckIdentity(ctx, other, 2))
		if siteURL, err := l.SiteOf(ctx, 1); siteURL != site || err != nil {
			t.Errorf("blog ID 1 has %s, %v", siteURL, err)
		}
		_, err = l.SiteOf(ctx, 2)
		want(t, err, ErrNotFound)
		for _, c := range []struct {
			url string
			id  int64
		}{{site, 2}, {other, 1}, {"https://example.com/Blog", 1}} {
			err := l.CheckIdentity(ctx, c.url, c.id)
			want(t, err, ErrIdentity)
			if !strings.Contains(err.Error(), c.url) || !strings.Contains(err.Error(), site) {
				t.Errorf("error %v lacks one of the URLs", err)
			}
		}

		// The site was moved: its old URL has no blog ID any more. Then it was registered anew: its
		// old blog ID has no URL any more.
		must(t, l.RememberIdentity(ctx, other, 1))
		_, err = l.Identity(ctx, site)
		want(t, err, ErrNotFound)
		must(t, l.RememberIdentity(ctx, other, 3))
		must(t, l.CheckIdentity(ctx, "https://third.example", 1))
		must(t, l.RememberIdentity(ctx, site, 1))
		must(t, l.RememberIdentity(ctx, site, 3)) // replaces both pairs
		if id, err := l.Identity(ctx, site); id != 3 || err != nil {
			t.Errorf("%d, %v", id, err)
		}
		must(t, l.CheckIdentity(ctx, other, 1))

		for _, c := range []struct {
			url string
			id  int64
		}{
			{"", 1},
			{"https://", 1},
			{site, 0},
			{site, -1},
			{"\xff", 1},
			{strings.Repeat("x", 256), 1},
		} {
			want(t, l.CheckIdentity(ctx, c.url, c.id), ErrInvalid)
			want(t, l.RememberIdentity(ctx, c.url, c.id), ErrInvalid)
		}
	})
}

func TestIdentitiesAtOnce(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := openWith(t, dsn, Options{})
		sites := strings.Fields("https://a.example https://b.example https://c.example")
		var group sync.WaitGroup
		for n := range 8 {
			group.Go(func() {
				for i := range 6 {
					site, blogID := sites[(n+i)%3], int64(1+(n*i)%3)
					if err := l.RememberIdentity(t.Context(), site, blogID); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
	})
}
