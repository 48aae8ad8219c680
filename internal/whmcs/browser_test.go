package whmcs_test

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"jetpack-start/internal/apttest"
	"jetpack-start/internal/testenv"
)

// These tests show the client area's template in a real browser: rendered by Smarty, in a page like
// those of WHMCS's themes.

const clientAreaTemplate = "whmcs/module/templates/jetpack_license.tpl"

// bootstraps are the versions of Bootstrap that themes use: 3.4.1 in Six, 4.5.3 in Twenty-One, and 5
// in others.
var bootstraps = []struct{ version, classes string }{
	{"3.4.1", "fade in active text-center"},
	{"4.5.3", "fade show active text-center"},
	{"5.3.8", "fade show active text-center"},
}

const (
	harmlessKey = "jetpack-security-t1_4Qx7Zp2LmN8vRtYwKs9DfGhJ"
	guide       = "https://jetpack.com/support/install-jetpack-and-connect-your-new-plan/"
)

// view is the variables that the module passes to the template.
type view map[string]string

func (v view) with(name, value string) view {
	w := maps.Clone(v)
	w[name] = value
	return w
}

var ready = view{
	"license_key":  harmlessKey,
	"state":        "active",
	"product_name": "Jetpack Security",
	"domain":       "example.com/blog",
	"admin_url":    "https://example.com/blog/wp-admin/admin.php?page=jetpack#/license/activation",
	"site":         "",
}

// views are all states that a customer can see. They have a key even if it must not be shown.
var views = map[string]view{
	"active":                ready,
	"active-no-domain":      ready.with("domain", "").with("admin_url", ""),
	"active-on-site":        ready.with("site", "https://example.com/blog"),
	"active-no-key":         ready.with("license_key", ""),
	"active-on-site-no-key": ready.with("site", "https://example.com/blog").with("license_key", ""),
	"suspended":             ready.with("state", "suspended"),
	"not-issued":            ready.with("state", "not_issued"),
	"unknown":               ready.with("state", "unknown"),
	"unavailable":           ready.with("state", "unavailable"),
	"revoked":               ready.with("state", "revoked"),
	"some-other-state":      ready.with("state", "on_the_moon"),
	"nothing":               {},
}

// long returns the view with very long texts. A host name has at most 253 characters, a label 63.
func (v view) long() view {
	w := maps.Clone(v)
	host := strings.Repeat(strings.Repeat("w", 63)+".", 3) + "example"
	for name, value := range map[string]string{
		"license_key":  "jetpack-security-t1_" + strings.Repeat("4Qx7Zp2LmN", 20),
		"product_name": "Jetpack " + strings.Repeat("Securityandmore", 8),
		"domain":       host + "/" + strings.Repeat("blog", 30),
		"admin_url":    "https://" + host + "/wp-admin/admin.php?page=jetpack#/license/activation",
		"site":         "https://" + host + "/" + strings.Repeat("blog", 30),
	} {
		if w[name] != "" {
			w[name] = value
		}
	}
	return w
}

func TestClientAreaSmarty(t *testing.T) {
	all := hostileViews()
	for _, name := range slices.Sorted(maps.Keys(views)) {
		all = append(all, views[name], views[name].long())
	}
	want := render(t, "smarty4", all...)
	for i, got := range render(t, "smarty3", all...) {
		if got != want[i] {
			t.Errorf("Smarty 3 and 4 differ for %q:\n%s\n---\n%s", all[i], got, want[i])
		}
	}
}

func TestClientArea(t *testing.T) {
	client := startClient(t)

	t.Run("what it says", func(t *testing.T) { testSays(t, client) })
	t.Run("copies", func(t *testing.T) { testCopies(t, client) })
	t.Run("two on a page", func(t *testing.T) { testTwo(t, client) })
	t.Run("without scripts", func(t *testing.T) { testNoScripts(t, client) })
	t.Run("keyboard and screen reader", func(t *testing.T) { testAccessible(t, client) })
	t.Run("fits", func(t *testing.T) { testFits(t, client) })
	t.Run("hostile", func(t *testing.T) { testHostile(t, client) })
}

func testSays(t *testing.T, c *client) {
	names := slices.Sorted(maps.Keys(views))
	var list []view
	for _, name := range names {
		list = append(list, views[name])
	}
	rendered := render(t, "smarty4", list...)
	tab := c.tab(t)
	for i, name := range names {
		tab.open(t, c.url("localhost", document{bodies: rendered[i : i+1]}))
		said := evaluate[string](t, tab, `document.querySelector('.jetpack-license').innerText`)
		wants := map[string][]string{
			"active": {
				"Jetpack Security", "License key", harmlessKey, "Copy license key", "Install and activate the Jetpack plugin on example.com/blog",
				"WordPress.com account", "Open your site’s activation page", "Paste the license key", "Need a hand?",
			},
			"active-no-domain": {
				harmlessKey, "Install and activate the Jetpack plugin on your WordPress site", "WordPress.com account",
				"Jetpack → My Jetpack", "Paste the license key", "Need a hand?",
			},
			"active-on-site":        {"Active on https://example.com/blog.", harmlessKey, "Copy license key", "Need a hand?"},
			"active-no-key":         {"Jetpack Security", "Your license is ready", "contact us", "Need a hand?"},
			"active-on-site-no-key": {"Active on https://example.com/blog.", "Need a hand?"},
			"suspended":             {"Jetpack Security", "paused", "contact us"},
			"not-issued":            {"Jetpack Security", "being set up"},
			"unknown":               {"Jetpack Security", "checking"},
			"unavailable":           {"Jetpack Security", "checking"},
			"revoked":               {"Jetpack Security", "ended"},
			"some-other-state":      {"Jetpack Security", "checking"},
			"nothing":               {"Jetpack", "checking"},
		}[name]
		rest := said
		for _, want := range wants {
			_, after, found := strings.Cut(rest, want)
			if !found {
				t.Errorf("%s says %q: no %q where it should be", name, said, want)
				break
			}
			rest = after
		}
		source := evaluate[string](t, tab, `document.querySelector('.jetpack-license').outerHTML`)
		hasKey := name == "active" || name == "active-no-domain" || name == "active-on-site"
		if got := strings.Contains(source, harmlessKey); got != hasKey {
			t.Errorf("%s has the key: %t, want %t", name, got, hasKey)
		}
		if hasSteps := name == "active" || name == "active-no-domain"; strings.Contains(
			source, "<ol>",
		) != hasSteps {
			t.Errorf("%s has steps: %t, want %t", name, !hasSteps, hasSteps)
		}
		for _, frightening := range []string{"error", "fail", "wrong", "problem", "unknown", "unavailable"} {
			if strings.Contains(strings.ToLower(said), frightening) {
				t.Errorf("%s says %q: %q", name, frightening, said)
			}
		}
		var links []string
		if strings.HasPrefix(name, "active") {
			links = []string{guide}
		}
		if name == "active" {
			links = []string{ready["admin_url"], guide}
		}
		got := evaluate[[]string](
			t,
			tab,
			`[...document.querySelectorAll('.jetpack-license a')].map(a =>
			a.target === '_blank' && a.rel === 'noopener noreferrer' ? a.href : a.outerHTML)`,
		)
		if !slices.Equal(got, links) {
			t.Errorf("%s links to %q, want %q", name, got, links)
		}
	}
}

// testCopies tests the ways of copying the key, each in a case where the others don't work.
func testCopies(t *testing.T, c *client) {
	const copied, byHand = "Copied.", "The key is selected: press Ctrl+C to copy it, or Cmd+C on a Mac."
	counting := `
		window.calls = {api: 0, command: 0};
		if (navigator.clipboard) {
			const writeText = navigator.clipboard.writeText;
			navigator.clipboard.writeText = function () { calls.api++; return writeText.apply(this, arguments); };
		}
		const execCommand = document.execCommand;
		document.execCommand = function () { calls.command++; return execCommand.apply(this, arguments); };`
	body := render(t, "smarty4", ready)
	for _, test := range []struct {
		name, host, before string
		secure             bool
		api, command       int
		says               string
	}{
		{"https, by the clipboard API", "localhost", counting, true, 1, 0, copied},
		{"http, by a command", "panel.example", counting, false, 0, 1, copied},
		{"the API refuses", "localhost", `navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));` + counting, true, 1, 1, copied},
		{"the command does nothing", "panel.example", `document.execCommand = () => false;` + counting, false, 0, 1, byHand},
		{"the command throws", "panel.example", `document.execCommand = () => { throw new Error('no'); };` + counting, false, 0, 1, byHand},
		{"the API and the command refuse", "localhost", `navigator.clipboard.writeText = () => Promise.reject(new Error('no'));
			document.execCommand = () => false;` + counting, true, 1, 1, byHand},
	} {
		t.Run(test.name, func(t *testing.T) {
			tab := c.tab(t)
			tab.before(t, test.before)
			tab.open(t, c.url(test.host, document{bodies: body}))
			if got := evaluate[bool](t, tab, `isSecureContext && !!navigator.clipboard`); got != test.secure {
				t.Fatalf("the page can use the clipboard API: %t, want %t", got, test.secure)
			}
			if !evaluate[bool](
				t, tab,
				`document.querySelector('.jetpack-license-copy').getClientRects().length > 0`,
			) {
				t.Fatal("there is no button")
			}
			tab.setClipboard(t, "what was there before")
			if got := evaluate[string](t, tab, `document.querySelector('.jetpack-license-status').textContent`); got != "" {
				t.Errorf("said before the click: %q", got)
			}
			for range 2 {
				// A screen reader doesn't read a text again unless the text is set again.
				evaluate[bool](t, tab, `window.said = [], new MutationObserver(() => {
					said.push(document.querySelector('.jetpack-license-status').textContent);
				}).observe(document.querySelector('.jetpack-license-status'), {childList: true}), calls.api = calls.command = 0, true`)
				tab.do(t, chromedp.Click(chromedp.CSS(".jetpack-license-copy")))
				tab.wait(t, fmt.Sprintf(`said.includes(%q)`, test.says))
				if got := evaluate[string](t, tab, `document.querySelector('.jetpack-license-status').innerText`); got != test.says {
					t.Errorf("says %q, want %q", got, test.says)
				}
			}
			if got := evaluate[[]int](t, tab, `[calls.api, calls.command]`); !slices.Equal(
				got, []int{test.api, test.command},
			) {
				t.Errorf(
					"calls of the API and of the command: %d, want %d and %d", got, test.api,
					test.command,
				)
			}
			if test.says == byHand {
				if got := evaluate[string](t, tab, `getSelection().toString()`); got != harmlessKey {
					t.Errorf("selected: %q", got)
				}
				tab.press(t, "c", "copy")
			}
			if got := tab.clipboard(t); got != harmlessKey {
				t.Errorf("the clipboard has %q, want %q", got, harmlessKey)
			}
		})
	}
}

func testTwo(t *testing.T, c *client) {
	const secondKey = "jetpack-scan-t1_second"
	bodies := render(t, "smarty4", ready, ready.with("license_key", secondKey))
	for _, host := range []string{"localhost", "panel.example"} {
		tab := c.tab(t)
		tab.before(t, `window.calls = 0;
			const count = (object, name) => { const f = object[name]; object[name] = function () { calls++; return f.apply(this, arguments); }; };
			navigator.clipboard ? count(navigator.clipboard, 'writeText') : count(document, 'execCommand');`)
		tab.open(t, c.url(host, document{bodies: bodies}))
		if got := evaluate[[]string](t, tab, `[...document.querySelectorAll('.jetpack-license [id], .jetpack-license[id]')].map(e => e.id)`); len(
			got,
		) > 0 {
			t.Errorf("IDs would clash: %q", got)
		}
		for i, key := range []string{harmlessKey, secondKey} {
			evaluate[bool](
				t, tab,
				`document.querySelectorAll('.jetpack-license-status').forEach(e => e.textContent = ''), calls = 0, true`,
			)
			tab.do(t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
				nodes, err := chromedp.Nodes(chromedp.CSSAll(".jetpack-license-copy"))(ctx, target)
				if err != nil {
					return err
				}
				_, err = chromedp.MouseClickNode(nodes[i])(ctx, target)
				return err
			}))
			tab.wait(
				t,
				`[...document.querySelectorAll('.jetpack-license-status')].some(e => e.textContent)`,
			)
			if got := evaluate[[]string](t, tab, `[...document.querySelectorAll('.jetpack-license-status')].map(e => e.textContent)`); got[i] != "Copied." ||
				got[1-i] != "" {
				t.Errorf("%s: after a click on button %d they say %q", host, i, got)
			}
			if got := evaluate[int](t, tab, `calls`); got != 1 {
				t.Errorf("%s: a click on button %d copied %d times", host, i, got)
			}
			if got := tab.clipboard(t); got != key {
				t.Errorf("%s: button %d copied %q, want %q", host, i, got, key)
			}
		}
	}
}

// If a policy forbids inline scripts, there is no button that does nothing, and a click selects the
// key.
func testNoScripts(t *testing.T, c *client) {
	tab := c.tab(t)
	tab.open(
		t,
		c.url(
			"localhost", document{bodies: render(t, "smarty4", ready), policy: "script-src 'none'"},
		),
	)
	if evaluate[bool](
		t, tab, `document.querySelector('.jetpack-license-copy').getClientRects().length > 0`,
	) {
		t.Error("there is a button")
	}
	tab.do(t, chromedp.Click(chromedp.CSS(".jetpack-license-key")))
	if got := evaluate[string](t, tab, `getSelection().toString()`); got != harmlessKey {
		t.Errorf("a click selects %q", got)
	}
	tab.press(t, "c", "copy")
	if got := tab.clipboard(t); got != harmlessKey {
		t.Errorf("the clipboard has %q", got)
	}
}

func testAccessible(t *testing.T, c *client) {
	body := render(t, "smarty4", ready)
	for _, bootstrap := range bootstraps {
		tab := c.tab(t)
		tab.open(t, c.url("localhost", document{bootstrap: bootstrap.version, bodies: body}))

		nodes, err := chromedp.Run(
			tab.ctx,
			func(ctx context.Context, target *chromedp.Target) ([]*accessibility.Node, error) {
				tree, err := cdp.Call(
					ctx, target, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{},
				)
				return tree.Nodes, err
			},
		)
		if err != nil {
			t.Fatal(err)
		}
		var seen []string
		for _, node := range nodes {
			if role := text(node.Role); !node.Ignored &&
				slices.Contains([]string{"textbox", "button", "link", "status", "heading"}, role) {
				line := role + ": " + text(node.Name)
				if role == "textbox" {
					line += " = " + text(node.Value)
				}
				for _, property := range node.Properties {
					if property.Name == accessibility.PropertyNameReadonly ||
						property.Name == accessibility.PropertyNameLive {
						line += fmt.Sprintf(", %s %s", property.Name, text(property.Value))
					}
				}
				seen = append(seen, line)
			}
		}
		// The order of the tree is not that of the page.
		slices.Sort(seen)
		if want := []string{
			"button: Copy license key",
			"heading: Jetpack Security",
			"link: Jetpack’s guide to getting started",
			"link: your site’s activation page",
			"status: , live polite",
			"textbox: License key = " + harmlessKey + ", readonly true",
		}; !slices.Equal(seen, want) {
			t.Errorf(
				"Bootstrap %s: a screen reader has\n%s\nwant\n%s", bootstrap.version,
				strings.Join(seen, "\n"), strings.Join(want, "\n"),
			)
		}

		// With the keyboard, Tab goes to the key, which is then selected and outlined, and on to the
		// button.
		for _, stop := range []string{"jetpack-license-key", "jetpack-license-copy"} {
			tab.do(t, chromedp.KeyEvent("\t"))
			if got := evaluate[string](t, tab, `document.activeElement.className`); !strings.Contains(
				got, stop,
			) {
				t.Errorf("Bootstrap %s: Tab comes to %q, want %s", bootstrap.version, got, stop)
			}
			if !evaluate[bool](
				t, tab,
				`(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 || s.boxShadow !== 'none')(getComputedStyle(document.activeElement))`,
			) {
				t.Errorf("Bootstrap %s: no focus is visible on %s", bootstrap.version, stop)
			}
			if got := evaluate[string](t, tab, `getSelection().toString()`); got != harmlessKey {
				t.Errorf("Bootstrap %s: selected with %s: %q", bootstrap.version, stop, got)
			}
		}
		tab.setClipboard(t, "what was there before")
		tab.do(t, chromedp.Focus(chromedp.CSS(".jetpack-license-copy")), chromedp.KeyEvent("\r"))
		tab.wait(t, `document.querySelector('.jetpack-license-status').textContent`)
		if got := tab.clipboard(t); got != harmlessKey {
			t.Errorf("Bootstrap %s: Enter copied %q", bootstrap.version, got)
		}
	}
}

func text(value *accessibility.Value) string {
	if value == nil {
		return ""
	}
	var decoded any
	if err := json.Unmarshal(value.Value, &decoded); err != nil {
		return err.Error()
	}
	return fmt.Sprint(decoded)
}

// overflows lists the elements that are outside the theme's box for the module, or cut off.
const overflows = `(() => {
	const out = [], root = document.documentElement;
	if (root.scrollWidth > root.clientWidth) {
		out.push('the page: ' + root.scrollWidth + ' > ' + root.clientWidth);
	}
	for (const area of document.querySelectorAll('.module-client-area')) {
		const room = area.getBoundingClientRect();
		const check = (what, rects) => {
			for (const r of rects) {
				if (r.width && (r.left < room.left - .5 || r.right > room.right + .5)) {
					out.push(what + ': ' + r.left + ' to ' + r.right + ', room from ' + room.left + ' to ' + room.right);
				}
			}
		};
		for (const e of area.querySelectorAll('*')) {
			check(e.tagName + '.' + e.className, e.getClientRects());
			if (e.clientWidth && e.scrollWidth > e.clientWidth + 1) {
				out.push(e.tagName + '.' + e.className + ' is cut off: ' + e.scrollWidth + ' > ' + e.clientWidth);
			}
		}
		const texts = document.createTreeWalker(area, NodeFilter.SHOW_TEXT), range = document.createRange();
		while (texts.nextNode()) {
			range.selectNodeContents(texts.currentNode);
			check('text ' + texts.currentNode.data.trim().slice(0, 20), range.getClientRects());
		}
	}
	return out;
})()`

func testFits(t *testing.T, c *client) {
	var names []string
	var list []view
	for _, name := range slices.Sorted(maps.Keys(views)) {
		names, list = append(
			names, name, name+"-long",
		), append(
			list,
			views[name],
			views[name].long(),
		)
	}
	rendered := render(t, "smarty4", list...)
	// If a folder is named, screenshots of all views are written there.
	artifacts := os.Getenv("JETPACK_START_TEST_ARTIFACTS")
	if err := os.MkdirAll(cmp.Or(artifacts, t.TempDir()), 0o755); err != nil {
		t.Fatal(err)
	}
	tab := c.tab(t)
	for _, width := range []int64{360, 1200} {
		tab.do(t, chromedp.EmulateViewport(width, 640))
		for _, bootstrap := range bootstraps {
			for i, name := range names {
				// Some states look the same.
				if slices.Index(rendered, rendered[i]) < i {
					continue
				}
				tab.open(
					t,
					c.url(
						"localhost",
						document{bootstrap: bootstrap.version, bodies: rendered[i : i+1]},
					),
				)
				if strings.Contains(rendered[i], "<button") &&
					strings.HasPrefix(name, "active-on-site") {
					tab.do(t, chromedp.Click(chromedp.CSS(".jetpack-license-copy")))
					tab.wait(t, `document.querySelector('.jetpack-license-status').textContent`)
				}
				if got := evaluate[int64](t, tab, `document.documentElement.clientWidth`); got != width {
					t.Fatalf("the page is %d wide, want %d", got, width)
				}
				if got := evaluate[[]string](t, tab, overflows); len(got) > 0 {
					t.Errorf(
						"Bootstrap %s, %d wide, %s:\n%s", bootstrap.version, width, name,
						strings.Join(got, "\n"),
					)
				}
				if artifacts == "" {
					continue
				}
				picture, err := chromedp.Run(tab.ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
				file := fmt.Sprintf("client-area-%s-%d-%s.png", bootstrap.version, width, name)
				if err := os.WriteFile(filepath.Join(artifacts, file), picture, 0o644); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

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
	"javascript:window.hacked=1", "JaVaScRiPt:window.hacked=1", " javascript:window.hacked=1", "\x01javascript:window.hacked=1",
	"java\nscript:window.hacked=1", "data:text/html,<script>window.hacked=1</script>", "vbscript:x", "//example.com/", "/wp-admin/",
	"http://example.com/", " https://example.com/", "https:/example.com", "https:example.com", "javascript://https://%0awindow.hacked=1", "https:///",
}

func testHostile(t *testing.T, c *client) {
	tab := c.tab(t)
	// All elements of a page with their attributes, except the one that holds the text.
	const structure = `JSON.stringify((function tree(e) {
		return [e.tagName, [...e.attributes].map(a => a.name + (a.name === 'href' ? '' : '=' + a.value)), [...e.children].map(tree)];
	})(document.documentElement))`
	look := func(t *testing.T, rendered string) (found string) {
		tab.open(t, c.url("localhost", document{bodies: []string{rendered}}))
		evaluate[bool](t, tab, `document.querySelectorAll('*').forEach(e => {
			for (const name of ['mouseover', 'mouseenter', 'focus', 'error', 'load', 'click']) {
				if (name !== 'click' || e.tagName !== 'A') { e.dispatchEvent(new Event(name)); }
			}
		}), true`)
		if got := evaluate[string](t, tab, `typeof window.hacked`); got != "undefined" {
			t.Errorf("window.hacked is a %s", got)
		}
		for _, href := range evaluate[[]string](t, tab, `[...document.querySelectorAll('[href]')].filter(e => e.tagName !== 'LINK').map(e => e.href)`) {
			if !strings.HasPrefix(href, "https://") {
				t.Errorf("a link to %q", href)
			}
		}
		return evaluate[string](t, tab, structure)
	}

	onSite := views["active-on-site"]
	for _, field := range []struct {
		name, selector string
		from           view
	}{
		{"license_key", ".jetpack-license-key", ready},
		{"product_name", ".jetpack-license-product bdi", ready},
		{"domain", ".jetpack-license li bdi", ready},
		{"site", ".jetpack-license .alert bdi", onSite},
	} {
		rendered := render(
			t, "smarty4", field.from, field.from.with(field.name, ""),
			field.from.with(field.name, invalidUTF8),
		)
		want := look(t, rendered[0])
		if empty, invalid := look(t, rendered[1]), look(t, rendered[2]); invalid != empty {
			t.Errorf(
				"%s, not valid UTF-8: the page is\n%s\nwant it as without:\n%s", field.name,
				invalid, empty,
			)
		}
		var list []view
		for _, text := range hostileTexts {
			list = append(list, field.from.with(field.name, text))
		}
		for i, page := range render(t, "smarty4", list...) {
			if got := look(t, page); got != want {
				t.Errorf("%s %q: the page is\n%s\nwant\n%s", field.name, hostileTexts[i], got, want)
			}
			if got := evaluate[string](t, tab, `(document.querySelector('`+field.selector+`') || {}).textContent || ''`); got != hostileTexts[i] {
				t.Errorf("%s shows %q, want %q", field.name, got, hostileTexts[i])
			}
		}
	}

	t.Run("links", func(t *testing.T) {
		var list []view
		for _, link := range strangeLinks {
			list = append(list, ready.with("admin_url", link))
		}
		for _, text := range hostileTexts {
			list = append(list, ready.with("admin_url", text))
		}
		list = append(
			list, ready.with("admin_url", invalidUTF8),
			ready.with("admin_url", "https://"+invalidUTF8),
		)
		want := look(t, render(t, "smarty4", ready.with("admin_url", ""))[0])
		for i, page := range render(t, "smarty4", list...) {
			// A URL without a host still has the scheme https: the link leads nowhere, and does no harm.
			if list[i]["admin_url"] == "https:///" {
				continue
			}
			if got := look(t, page); got != want {
				t.Errorf(
					"admin_url %q: the page is\n%s\nwant it as without:\n%s", list[i]["admin_url"],
					got, want,
				)
			}
		}
		list = nil
		for _, text := range hostileTexts {
			list = append(list, ready.with("admin_url", "https://example.com/"+text))
		}
		want = look(t, render(t, "smarty4", ready)[0])
		for i, page := range render(t, "smarty4", list...) {
			if got := look(t, page); got != want {
				t.Errorf("admin_url %q: the page is\n%s\nwant\n%s", list[i]["admin_url"], got, want)
			}
			if got := evaluate[string](t, tab, `document.querySelector('.jetpack-license a').getAttribute('href')`); got != list[i]["admin_url"] {
				t.Errorf("the link is %q, want %q", got, list[i]["admin_url"])
			}
		}
	})

	t.Run("states", func(t *testing.T) {
		var list []view
		for _, text := range append(hostileTexts, invalidUTF8) {
			list = append(list, ready.with("state", text))
		}
		want := look(t, render(t, "smarty4", views["unknown"])[0])
		for i, page := range render(t, "smarty4", list...) {
			if got := look(t, page); got != want {
				t.Errorf("state %q: the page is\n%s\nwant\n%s", list[i]["state"], got, want)
			}
		}
	})
}

// render renders the template with a version of Smarty: smarty3 or smarty4, as in Debian.
func render(t *testing.T, smarty string, list ...view) (pages []string) {
	t.Helper()
	apttest.Need(t, "php", "php-cli", "php-mbstring")
	class := "/usr/share/php/" + smarty + "/Smarty.class.php"
	apttest.NeedUnless(t, func() bool { _, err := os.Stat(class); return err == nil }, smarty)

	encoded := make([]map[string][]byte, len(list))
	for i, v := range list {
		encoded[i] = map[string][]byte{}
		for name, value := range v {
			encoded[i][name] = []byte(value)
		}
	}
	stdin, err := json.Marshal(encoded)
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("php", testenv.Path(t, "whmcs/phptest/render.php"), class,
		testenv.Path(t, clientAreaTemplate), t.TempDir())
	command.Stdin = bytes.NewReader(stdin)
	var stderr bytes.Buffer
	command.Stderr = &stderr
	out, err := command.Output()
	if err != nil {
		t.Fatalf("%s: %v: %s", smarty, err, stderr.Bytes())
	}
	var rendered [][]byte
	if err := json.Unmarshal(out, &rendered); err != nil {
		t.Fatalf("%s: %v: %s", smarty, err, out)
	}
	for _, one := range rendered {
		pages = append(pages, string(one))
	}
	return pages
}

// installBootstraps installs the versions of Bootstrap into a cache with npm, unless they are there.
func installBootstraps(t *testing.T) (dir string) {
	t.Helper()
	cache := os.Getenv("JETPACK_START_TEST_CACHE")
	if cache == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			t.Fatal(err)
		}
		cache = filepath.Join(user, "jetpack-start-tests")
	}
	name := "bootstrap"
	arguments := []string{
		"install",
		"--prefer-offline",
		"--ignore-scripts",
		"--legacy-peer-deps",
		"--no-audit",
		"--no-fund",
	}
	for _, bootstrap := range bootstraps {
		name += "-" + bootstrap.version
		arguments = append(
			arguments, fmt.Sprintf("bootstrap-%s@npm:bootstrap@%[1]s", bootstrap.version),
		)
	}
	dir = filepath.Join(cache, name)
	if _, err := os.Stat(dir); err == nil {
		return dir
	}
	apttest.Need(t, "npm")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		t.Fatal(err)
	}
	// Rename only a complete installation, so that an interrupted one is never used.
	part, err := os.MkdirTemp(cache, name+".part-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(part)
	command := exec.Command("npm", append(arguments, "--prefix", part)...)
	command.Dir = part
	if out, err := command.CombinedOutput(); err != nil {
		t.Fatalf("npm: %v: %s", err, out)
	}
	if err := os.Rename(part, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		t.Fatal(err)
	}
	return dir
}

// client is a browser, and a server with pages for it.
type client struct {
	browser context.Context
	port    string
	mu      sync.Mutex
	pages   []document
}

// document is a page of a theme with the output of modules in it.
type document struct {
	bootstrap string // a version; "" for the first
	bodies    []string
	policy    string
}

func startClient(t *testing.T) *client {
	apttest.Need(t, "chromium")
	css := installBootstraps(t)
	c := &client{}
	mux := http.NewServeMux()
	mux.Handle(
		"GET /npm/",
		http.StripPrefix("/npm/", http.FileServer(http.Dir(filepath.Join(css, "node_modules")))),
	)
	mux.HandleFunc("GET /page/{number}", func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		defer c.mu.Unlock()
		number, err := strconv.Atoi(r.PathValue("number"))
		if err != nil || number >= len(c.pages) {
			http.NotFound(w, r)
			return
		}
		c.pages[number].serve(w)
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	_, c.port, _ = net.SplitHostPort(server.Listener.Addr().String())

	options := append(
		chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(apttest.Path("chromium")),
		// A name other than localhost, because browsers treat http://localhost as secure. No other
		// name can be resolved.
		chromedp.Flag(
			"host-resolver-rules",
			"MAP panel.example 127.0.0.1, MAP localhost 127.0.0.1, MAP * ~NOTFOUND",
		),
	)
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox)
	}
	allocator, stop := chromedp.NewExecAllocator(t.Context(), options...)
	t.Cleanup(stop)
	var cancel context.CancelFunc
	c.browser, cancel = chromedp.NewContext(allocator)
	t.Cleanup(cancel)
	if err := chromedp.Do(c.browser); err != nil {
		t.Fatal(err)
	}
	return c
}

func (c *client) url(host string, d document) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pages = append(c.pages, d)
	return fmt.Sprintf("http://%s/page/%d", net.JoinHostPort(host, c.port), len(c.pages)-1)
}

// serve serves the pages like WHMCS's themes, which center the output of a module.
func (d document) serve(w http.ResponseWriter) {
	bootstrap := bootstraps[0]
	for _, other := range bootstraps {
		if other.version == d.bootstrap {
			bootstrap = other
		}
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if d.policy != "" {
		w.Header().Set("Content-Security-Policy", d.policy)
	}
	fmt.Fprintf(w, `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Client Area</title>
<link rel="stylesheet" href="/npm/bootstrap-%s/dist/css/bootstrap.min.css"></head>
<body><div class="container"><div class="row"><div class="col-md-12"><div class="tab-content">
<div class="tab-pane %s">`, html.EscapeString(bootstrap.version), html.EscapeString(bootstrap.classes))
	for _, body := range d.bodies {
		fmt.Fprintf(w, `<div class="text-center module-client-area">%s</div>`, body)
	}
	fmt.Fprint(
		w,
		`</div></div></div></div></div><textarea class="paste-here" aria-hidden="true" tabindex="-1" style="position:fixed;bottom:0;opacity:0;pointer-events:none"></textarea></body></html>`,
	)
}

// tab is a tab of the browser. It is closed at the end of the test.
type tab struct{ ctx context.Context }

func (c *client) tab(t *testing.T) tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(c.browser)
	t.Cleanup(cancel)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(ctx, 3*time.Minute)
	t.Cleanup(stop)
	one := tab{ctx}
	// Only a page with the focus can use the clipboard, and tabs without a window have no focus.
	one.do(
		t,
		call(
			emulation.SetFocusEmulationEnabled,
			emulation.SetFocusEmulationEnabledParams{Enabled: true},
		),
	)
	return one
}

func call[P, R any](command cdp.Command[P, R], params P) chromedp.Action[chromedp.Void] {
	return chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, command, params)
		return err
	})
}

func (one tab) do(t *testing.T, steps ...chromedp.Action[chromedp.Void]) {
	t.Helper()
	// A click waits until the element can be clicked. Fail soon if it never can.
	ctx, cancel := context.WithTimeout(one.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		t.Fatal(err)
	}
}

// before runs a script in each page before the page's own scripts.
func (one tab) before(t *testing.T, script string) {
	t.Helper()
	one.do(
		t,
		call(
			page.AddScriptToEvaluateOnNewDocument,
			page.AddScriptToEvaluateOnNewDocumentParams{Source: "{" + script + "}"},
		),
	)
}

func (one tab) open(t *testing.T, url string) {
	t.Helper()
	one.do(t, chromedp.Navigate(url))
}

func evaluate[T any](t *testing.T, one tab, script string) T {
	t.Helper()
	value, err := chromedp.Run(one.ctx, chromedp.Evaluate[T](script))
	if err != nil {
		t.Fatalf("%s: %v", script, err)
	}
	return value
}

func (one tab) wait(t *testing.T, condition string) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !evaluate[bool](t, one, "!!("+condition+")"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", condition)
		}
	}
}

// press presses Ctrl and a key. It names the command too, because a browser without a window has no
// menu that knows the shortcut.
func (one tab) press(t *testing.T, key, command string) {
	t.Helper()
	for _, direction := range []input.DispatchKeyEventType{input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp} {
		params := input.DispatchKeyEventParams{
			Type:      direction,
			Modifiers: int64(chromedp.ModifierCtrl),
			Key:       key,
			Code:      "Key" + strings.ToUpper(key),
		}
		if direction == input.DispatchKeyEventTypeRawKeyDown {
			params.Commands = []string{command}
		}
		one.do(t, call(input.DispatchKeyEvent, params))
	}
}

func (one tab) setClipboard(t *testing.T, text string) {
	t.Helper()
	evaluate[bool](
		t,
		one,
		fmt.Sprintf(
			`(e => { e.value = %q; e.focus(); e.select(); return true; })(document.querySelector('.paste-here'))`,
			text,
		),
	)
	one.press(t, "c", "copy")
	evaluate[bool](
		t, one,
		`(e => { e.value = ''; e.blur(); return true; })(document.querySelector('.paste-here'))`,
	)
	if got := one.clipboard(t); got != text {
		t.Fatalf("the clipboard has %q, want %q", got, text)
	}
}

// clipboard returns the text of the clipboard. It pastes, which needs no permission and works
// without https.
func (one tab) clipboard(t *testing.T) string {
	t.Helper()
	evaluate[bool](
		t, one,
		`(e => { e.value = ''; e.focus(); return true; })(document.querySelector('.paste-here'))`,
	)
	one.press(t, "v", "paste")
	return evaluate[string](
		t, one,
		`(e => { const text = e.value; e.value = ''; e.blur(); return text; })(document.querySelector('.paste-here'))`,
	)
}
