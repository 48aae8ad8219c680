package ledger

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
)

func at(siteURL string, blogID int64) Identity {
	return Identity{SiteURL: siteURL, BlogID: blogID, Confirmed: true}
}

// claimed is at for a blog ID that nobody confirms.
func claimed(siteURL string, blogID int64) Identity {
	return Identity{SiteURL: siteURL, BlogID: blogID}
}

// check returns the error of CheckIdentity.
func check(l *Ledger, i Identity) error {
	_, err := l.CheckIdentity(context.Background(), i)
	return err
}

func TestIdentity(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		const site, other = "https://example.com/blog", "https://clone.example"
		_, err := l.Identity(ctx, site)
		want(t, err, ErrNotFound)
		must(t, check(l, at(site, 1)))
		must(t, l.RememberIdentity(ctx, at(site, 1), true))
		must(t, l.RememberIdentity(ctx, at(site, 1), true))
		for _, same := range []string{
			site, site + "/", "http://EXAMPLE.com/blog", "https://example.com.:443/blog",
		} {
			if i, err := l.Identity(ctx, same); i.BlogID != 1 || err != nil {
				t.Errorf("%s has %+v, %v", same, i, err)
			}
			must(t, check(l, at(same, 1)))
		}
		must(t, check(l, at(other, 2)))
		for _, c := range []struct {
			url string
			id  int64
		}{{site, 2}, {other, 1}, {"https://example.com/Blog", 1}} {
			err := check(l, at(c.url, c.id))
			want(t, err, ErrIdentity)
			if !strings.Contains(err.Error(), c.url) || !strings.Contains(err.Error(), site) {
				t.Errorf("error %v lacks one of the URLs", err)
			}
		}

		// The site was moved: its old URL has no blog ID any more. Then it was registered anew: its
		// old blog ID has no URL any more.
		must(t, l.RememberIdentity(ctx, at(other, 1), true))
		_, err = l.Identity(ctx, site)
		want(t, err, ErrNotFound)
		must(t, l.RememberIdentity(ctx, at(other, 3), true))
		must(t, check(l, at("https://third.example", 1)))
		must(t, l.RememberIdentity(ctx, at(site, 1), true))
		must(t, l.RememberIdentity(ctx, at(site, 3), true)) // replaces both pairs
		if i, err := l.Identity(ctx, site); i.BlogID != 3 || !i.Confirmed || err != nil {
			t.Errorf("%+v, %v", i, err)
		}
		must(t, check(l, at(other, 1)))

		for _, c := range []struct {
			url string
			id  int64
		}{
			{"", 1},
			{"https://", 1},
			{"\xff", 1},
			{strings.Repeat("x", 256), 1},
		} {
			want(t, l.RememberIdentity(ctx, at(c.url, c.id), true), ErrInvalid)
			want(t, check(l, at(c.url, 0)), ErrInvalid)
			// The blog ID is that of another URL, or of none.
			want(t, check(l, at(c.url, 3)), ErrIdentity)
			must(t, check(l, at(c.url, 9)))
		}
		want(t, l.RememberIdentity(ctx, at(site, -1), true), ErrInvalid)

		// Without force a blog ID isn't taken from another URL, but a URL gets another blog ID.
		want(t, l.RememberIdentity(ctx, at(other, 3), false), ErrIdentity)
		must(t, l.RememberIdentity(ctx, at(site, 4), false))
		must(t, l.RememberIdentity(ctx, at(site, 0), false)) // keeps the blog ID
		if i, err := l.Identity(ctx, site); i.BlogID != 4 || err != nil {
			t.Errorf("%+v, %v", i, err)
		}
	})
}

// A blog ID that nobody confirmed refuses no other site, and is lost to one that is confirmed.
func TestUnconfirmedIdentity(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		const thief, victim = "https://thief.example", "https://victim.example"
		must(t, l.RememberIdentity(ctx, claimed(thief, 42), false))
		for i, want := range map[Identity]Known{
			claimed(thief, 42):      {},
			at(thief, 42):           {},
			claimed(victim, 42):     {Rivals: thief + " with blog ID 42"},
			claimed(thief, 43):      {Rivals: thief + " with blog ID 42"},
			claimed(victim, 43):     {},
			claimed("https://", 42): {Rivals: thief + " with blog ID 42"},
		} {
			if known, err := l.CheckIdentity(ctx, i); known != want || err != nil {
				t.Errorf("%+v: %+v, %v", i, known, err)
			}
		}
		must(t, l.RememberIdentity(ctx, claimed(victim, 42), false)) // thief keeps it
		if i, err := l.Identity(ctx, thief); i.BlogID != 42 || i.Confirmed || err != nil {
			t.Errorf("%+v, %v", i, err)
		}
		must(t, l.RememberIdentity(ctx, at(victim, 42), false))
		_, err := l.Identity(ctx, thief)
		want(t, err, ErrNotFound)
		must(t, l.RememberIdentity(ctx, claimed(victim, 42), false)) // stays confirmed
		if known, err := l.CheckIdentity(ctx, claimed(victim, 42)); !known.Confirmed || err != nil {
			t.Errorf("%+v, %v", known, err)
		}
		want(t, check(l, claimed(thief, 42)), ErrIdentity)
		want(t, l.RememberIdentity(ctx, claimed(thief, 42), false), ErrIdentity)
		want(t, l.RememberIdentity(ctx, at(thief, 42), false), ErrIdentity)
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
					if err := l.RememberIdentity(t.Context(), at(site, blogID), true); err != nil {
						t.Error(err)
					}
				}
			})
		}
		group.Wait()
	})
}

func TestDocroots(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		const site, machine = "https://example.com", "web1"
		dir := t.TempDir()
		uid := uint32(os.Getuid())
		here := LocalDocroot(machine, dir, uid)
		in := func(d Docroot) Identity { return Identity{SiteURL: site, BlogID: 42, Docroot: d} }
		must(t, l.RememberIdentity(ctx, in(here), false))

		for d, want := range map[Docroot]bool{
			here: true, LocalDocroot(machine, "/elsewhere", uid): true,
			LocalDocroot("web2", dir, uid): false, {}: false,
		} {
			if known, err := l.CheckIdentity(ctx, in(d)); known.Docroot != want || err != nil {
				t.Errorf("%v: %+v, %v", d, known, err)
			}
		}

		// The same owner, wherever; nobody knows; on another machine.
		must(t, check(l, in(LocalDocroot(machine, "/elsewhere", uid))))
		must(t, check(l, in(Docroot{})))
		must(t, check(l, in(LocalDocroot("web2", "/elsewhere", uid+1))))

		other := in(LocalDocroot(machine, "/elsewhere", uid+1))
		for _, i := range []Identity{
			other,
			{SiteURL: "http://EXAMPLE.com:80/", BlogID: 42, Docroot: other.Docroot},
			{SiteURL: site, Docroot: other.Docroot},
		} {
			err := check(l, i)
			want(t, err, ErrIdentity)
			if !strings.Contains(err.Error(), here.String()) ||
				!strings.Contains(err.Error(), i.Docroot.String()) {
				t.Errorf("error %v lacks one of the docroots", err)
			}
		}
		want(t, l.RememberIdentity(ctx, other, false), ErrIdentity)
		must(t, l.RememberIdentity(ctx, in(Docroot{}), true)) // forgets no docroot
		want(t, check(l, other), ErrIdentity)
		must(t, l.RememberIdentity(ctx, other, true))
		must(t, check(l, other))

		// A path can have any bytes.
		odd := in(LocalDocroot(machine, dir+"/\xff\x00"+strings.Repeat("x", 3000), uid+2))
		must(t, l.RememberIdentity(ctx, odd, true))
		must(t, check(l, odd))

		// With --ssh another path is another customer's.
		remote := in(RemoteDocroot("deploy@web9", "/srv/a"))
		must(t, l.RememberIdentity(ctx, remote, false))
		must(t, check(l, remote))
		want(t, check(l, in(RemoteDocroot("deploy@web9", "/srv/b"))), ErrIdentity)
		must(t, check(l, in(RemoteDocroot("deploy@web8", "/srv/b"))))
	})
}
