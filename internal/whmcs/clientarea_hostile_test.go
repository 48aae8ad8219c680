package whmcs_test

import (
	"slices"
	"strings"
	"testing"
)

const invalidUTF8 = "a\xff\xfeb\xc3"

// hostileTexts must be shown unchanged, not run as HTML, Smarty or a script.
var hostileTexts = []string{
	`"><script>window.hacked=1</script>`,
	`'"><img src=x onerror=window.hacked=1>`,
	`' onmouseover='window.hacked=1' onfocus='window.hacked=1' x='`,
	`" onmouseover="window.hacked=1" onfocus="window.hacked=1" x="`,
	`</div></script></style><script>window.hacked=1</script><!--`,
	`{$smarty.version}{literal}{/literal}{ldelim}`,
	`&lt;script&gt;&amp;&#39;`,
	`javascript:window.hacked=1`,
	"\u202e\u200f\u2066example\u05d0\u05d1.com",
}

func hostileViews() (list []view) {
	for _, name := range []string{"license_key", "product_name", "domain", "site"} {
		for _, text := range append(hostileTexts, invalidUTF8) {
			list = append(list, ready.with(name, text))
		}
	}
	for _, text := range append(hostileTexts, invalidUTF8) {
		list = append(
			list, ready.with("admin_url", text),
			ready.with("admin_url", "https://example.com/"+text), ready.with("state", text),
		)
	}
	for _, link := range strangeLinks {
		list = append(list, ready.with("admin_url", link))
	}
	return list
}

// strangeLinks must not become links.
var strangeLinks = []string{
	"javascript:window.hacked=1", "JaVaScRiPt:window.hacked=1", " javascript:window.hacked=1",
	"\x01javascript:window.hacked=1", "java\nscript:window.hacked=1",
	"data:text/html,<script>window.hacked=1</script>", "vbscript:x", "//example.com/", "/wp-admin/",
	"http://example.com/", " https://example.com/", "https:/example.com", "https:example.com",
	"javascript://https://%0awindow.hacked=1", "https:///",
}

// hostileTab is a tab that shows pages with hostile texts.
type hostileTab struct {
	tab
	c *client
}

// structure returns all elements of a page with their attributes, except the addresses of links.
const structure = `JSON.stringify((function tree(e) {
	return [e.tagName, [...e.attributes].map(a => a.name + (a.name === 'href' ? '' : '=' + a.value)),
		[...e.children].map(tree)];
})(document.documentElement))`

// look opens a page, triggers the events of all elements, checks that no script ran and that all
// links are https, and returns the structure of the page.
func (h hostileTab) look(t *testing.T, rendered string) string {
	t.Helper()
	h.open(t, h.c.url("localhost", document{bodies: []string{rendered}}))
	evaluate[bool](t, h.tab, `document.querySelectorAll('*').forEach(e => {
		for (const name of ['mouseover', 'mouseenter', 'focus', 'error', 'load', 'click']) {
			if (name !== 'click' || e.tagName !== 'A') { e.dispatchEvent(new Event(name)); }
		}
	}), true`)
	if got := evaluate[string](t, h.tab, `typeof window.hacked`); got != "undefined" {
		t.Errorf("window.hacked is a %s", got)
	}
	links := evaluate[[]string](t, h.tab, `[...document.querySelectorAll('[href]')].filter(
		e => e.tagName !== 'LINK').map(e => e.href)`)
	for _, href := range links {
		if !strings.HasPrefix(href, "https://") {
			t.Errorf("a link to %q", href)
		}
	}
	return evaluate[string](t, h.tab, structure)
}

// checkSame checks that all views have the structure of the view want. It calls check, unless that
// is nil, with the value of the field while the page is open.
func (h hostileTab) checkSame(
	t *testing.T, field string, want view, list []view, check func(value string),
) {
	t.Helper()
	structure := h.look(t, render(t, "smarty4", want)[0])
	for i, page := range render(t, "smarty4", list...) {
		if got := h.look(t, page); got != structure {
			t.Errorf("%s %q: the page is\n%s\nwant\n%s", field, list[i][field], got, structure)
		}
		if check != nil {
			check(list[i][field])
		}
	}
}

func testHostile(t *testing.T, c *client) {
	h := hostileTab{c.tab(t), c}
	h.testTexts(t)
	t.Run("links", h.testLinks)
	t.Run("states", func(t *testing.T) {
		var list []view
		for _, text := range append(hostileTexts, invalidUTF8) {
			list = append(list, ready.with("state", text))
		}
		h.checkSame(t, "state", views["unknown"], list, nil)
	})
}

func (h hostileTab) testTexts(t *testing.T) {
	for _, field := range []struct {
		name, selector string
		from           view
	}{
		{"license_key", ".jetpack-license-key", ready},
		{"product_name", ".jetpack-license-product bdi", ready},
		{"domain", ".jetpack-license li bdi", ready},
		{"site", ".jetpack-license .alert bdi", views["active-on-site"]},
	} {
		empty := field.from.with(field.name, "")
		invalid := field.from.with(field.name, invalidUTF8)
		h.checkSame(t, field.name, empty, []view{invalid}, nil)
		var list []view
		for _, text := range hostileTexts {
			list = append(list, field.from.with(field.name, text))
		}
		shown := `(document.querySelector('` + field.selector + `') || {}).textContent || ''`
		h.checkSame(t, field.name, field.from, list, func(text string) {
			if got := evaluate[string](t, h.tab, shown); got != text {
				t.Errorf("%s shows %q, want %q", field.name, got, text)
			}
		})
	}
}

func (h hostileTab) testLinks(t *testing.T) {
	list := []view{
		ready.with("admin_url", invalidUTF8), ready.with("admin_url", "https://"+invalidUTF8),
	}
	for _, link := range slices.Concat(strangeLinks, hostileTexts) {
		// A URL without a host still has the scheme https: the link leads nowhere and does no harm.
		if link != "https:///" {
			list = append(list, ready.with("admin_url", link))
		}
	}
	h.checkSame(t, "admin_url", ready.with("admin_url", ""), list, nil)
	const href = `document.querySelector('.jetpack-license a').getAttribute('href')`
	list = nil
	for _, text := range hostileTexts {
		list = append(list, ready.with("admin_url", "https://example.com/"+text))
	}
	h.checkSame(t, "admin_url", ready, list, func(link string) {
		if got := evaluate[string](t, h.tab, href); got != link {
			t.Errorf("the link is %q, want %q", got, link)
		}
	})
}
