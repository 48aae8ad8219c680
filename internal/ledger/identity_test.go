package ledger

import (
	"os"
	"strings"
	"sync"
	"testing"
)

func at(siteURL string, blogID int64) Identity {
	return Identity{SiteURL: siteURL, BlogID: blogID}
}

func TestIdentity(t *testing.T) {
	each(t, func(t *testing.T, dsn string) {
		l := open(t, dsn)
		ctx := t.Context()
		const site, other = "https://example.com/blog", "https://clone.example"
		_, err := l.Identity(ctx, site)
		want(t, err, ErrNotFound)
		must(t, l.CheckIdentity(ctx, at(site, 1)))
		must(t, l.RememberIdentity(ctx, at(site, 1), true))
		must(t, l.RememberIdentity(ctx, at(site, 1), true))
		for _, same := range []string{
			site, site + "/", "http://EXAMPLE.com/blog", "https://example.com.:443/blog",
		} {
			if id, err := l.Identity(ctx, same); id != 1 || err != nil {
				t.Errorf("%s has %d, %v", same, id, err)
			}
			must(t, l.CheckIdentity(ctx, at(same, 1)))
		}
		must(t, l.CheckIdentity(ctx, at(other, 2)))
		for _, c := range []struct {
			url string
			id  int64
		}{{site, 2}, {other, 1}, {"https://example.com/Blog", 1}} {
			err := l.CheckIdentity(ctx, at(c.url, c.id))
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
		must(t, l.CheckIdentity(ctx, at("https://third.example", 1)))
		must(t, l.RememberIdentity(ctx, at(site, 1), true))
		must(t, l.RememberIdentity(ctx, at(site, 3), true)) // replaces both pairs
		if id, err := l.Identity(ctx, site); id != 3 || err != nil {
			t.Errorf("%d, %v", id, err)
		}
		must(t, l.CheckIdentity(ctx, at(other, 1)))

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
			want(t, l.CheckIdentity(ctx, at(c.url, 0)), ErrInvalid)
			// The blog ID is that of another URL, or of none.
			want(t, l.CheckIdentity(ctx, at(c.url, 3)), ErrIdentity)
			must(t, l.CheckIdentity(ctx, at(c.url, 9)))
		}
		want(t, l.RememberIdentity(ctx, at(site, -1), true), ErrInvalid)

		// Without force a blog ID isn't taken from another URL, but a URL gets another blog ID.
		want(t, l.RememberIdentity(ctx, at(other, 3), false), ErrIdentity)
		must(t, l.RememberIdentity(ctx, at(site, 4), false))
		must(t, l.RememberIdentity(ctx, at(site, 0), false)) // keeps the blog ID
		if id, err := l.Identity(ctx, site); id != 4 || err != nil {
			t.Errorf("%d, %v", id, err)
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
		in := func(d Docroot) Identity { return Identity{site, 42, d} }
		must(t, l.RememberIdentity(ctx, in(here), false))

		// The same owner, wherever; nobody knows; on another machine.
		must(t, l.CheckIdentity(ctx, in(LocalDocroot(machine, "/elsewhere", uid))))
		must(t, l.CheckIdentity(ctx, in(Docroot{})))
		must(t, l.CheckIdentity(ctx, in(LocalDocroot("web2", "/elsewhere", uid+1))))

		other := in(LocalDocroot(machine, "/elsewhere", uid+1))
		for _, i := range []Identity{
			other, {"http://EXAMPLE.com:80/", 42, other.Docroot}, {site, 0, other.Docroot},
		} {
			err := l.CheckIdentity(ctx, i)
			want(t, err, ErrIdentity)
			if !strings.Contains(err.Error(), here.String()) ||
				!strings.Contains(err.Error(), i.Docroot.String()) {
				t.Errorf("error %v lacks one of the docroots", err)
			}
		}
		want(t, l.RememberIdentity(ctx, other, false), ErrIdentity)
		must(t, l.RememberIdentity(ctx, in(Docroot{}), true)) // forgets no docroot
		want(t, l.CheckIdentity(ctx, other), ErrIdentity)
		must(t, l.RememberIdentity(ctx, other, true))
		must(t, l.CheckIdentity(ctx, other))

		// A path can have any bytes.
		odd := in(LocalDocroot(machine, dir+"/\xff\x00"+strings.Repeat("x", 3000), uid+2))
		must(t, l.RememberIdentity(ctx, odd, true))
		must(t, l.CheckIdentity(ctx, odd))

		// With --ssh another path is another customer's.
		remote := in(RemoteDocroot("deploy@web9", "/srv/a"))
		must(t, l.RememberIdentity(ctx, remote, false))
		must(t, l.CheckIdentity(ctx, remote))
		want(t, l.CheckIdentity(ctx, in(RemoteDocroot("deploy@web9", "/srv/b"))), ErrIdentity)
		must(t, l.CheckIdentity(ctx, in(RemoteDocroot("deploy@web8", "/srv/b"))))
	})
}
