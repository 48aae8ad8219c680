package whmcs_test

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/chromedp"
)

// These tests show the client area's template in a real browser: rendered by Smarty, in a page like
// those of WHMCS's themes.

const clientAreaTemplate = "whmcs/module/templates/jetpack_license.tpl"

// bootstraps are the versions of Bootstrap that themes use: 3.4.1 in Six, 4.5.3 in Twenty-One, and
// 5 in others.
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

// wantTexts are the texts that each view must show, in their order.
var wantTexts = map[string][]string{
	"active": {
		"Jetpack Security", "License key", harmlessKey, "Copy license key",
		"Install and activate the Jetpack plugin on example.com/blog", "WordPress.com account",
		"Open your site’s activation page", "Paste the license key", "Need a hand?",
	},
	"active-no-domain": {
		harmlessKey, "Install and activate the Jetpack plugin on your WordPress site",
		"WordPress.com account", "Jetpack → My Jetpack", "Paste the license key", "Need a hand?",
	},
	"active-on-site": {
		"Active on https://example.com/blog.", harmlessKey, "Copy license key", "Need a hand?",
	},
	"active-no-key": {
		"Jetpack Security", "Your license is ready", "contact us", "Need a hand?",
	},
	"active-on-site-no-key": {"Active on https://example.com/blog.", "Need a hand?"},
	"suspended":             {"Jetpack Security", "paused", "contact us"},
	"not-issued":            {"Jetpack Security", "being set up"},
	"unknown":               {"Jetpack Security", "checking"},
	"unavailable":           {"Jetpack Security", "checking"},
	"revoked":               {"Jetpack Security", "ended"},
	"some-other-state":      {"Jetpack Security", "checking"},
	"nothing":               {"Jetpack", "checking"},
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
		checkTexts(t, name, said)
		source := evaluate[string](t, tab, `document.querySelector('.jetpack-license').outerHTML`)
		wantSteps := name == "active" || name == "active-no-domain"
		wantKey := wantSteps || name == "active-on-site"
		if got := strings.Contains(source, harmlessKey); got != wantKey {
			t.Errorf("%s has the key: %t, want %t", name, got, wantKey)
		}
		if got := strings.Contains(source, "<ol>"); got != wantSteps {
			t.Errorf("%s has steps: %t, want %t", name, got, wantSteps)
		}
		var links []string
		if strings.HasPrefix(name, "active") {
			links = []string{guide}
		}
		if name == "active" {
			links = []string{ready["admin_url"], guide}
		}
		got := evaluate[[]string](t, tab, `[...document.querySelectorAll('.jetpack-license a')].map(a =>
			a.target === '_blank' && a.rel === 'noopener noreferrer' ? a.href : a.outerHTML)`)
		if !slices.Equal(got, links) {
			t.Errorf("%s links to %q, want %q", name, got, links)
		}
	}
}

// checkTexts checks that a view shows its texts, and no words that would alarm a customer.
func checkTexts(t *testing.T, name, said string) {
	t.Helper()
	rest := said
	for _, want := range wantTexts[name] {
		_, after, found := strings.Cut(rest, want)
		if !found {
			t.Errorf("%s says %q: no %q where it should be", name, said, want)
			break
		}
		rest = after
	}
	for _, alarming := range []string{
		"error", "fail", "wrong", "problem", "unknown", "unavailable",
	} {
		if strings.Contains(strings.ToLower(said), alarming) {
			t.Errorf("%s says %q: %q", name, alarming, said)
		}
	}
}

// copyTest is a way of copying the key, in a case where the other ways don't work.
type copyTest struct {
	name, host, before string
	secure             bool // the page can use the clipboard API
	api, command       int  // calls of the API and of the command
	says               string
}

const (
	copied = "Copied."
	byHand = "The key is selected: press Ctrl+C to copy it, or Cmd+C on a Mac."
)

func testCopies(t *testing.T, c *client) {
	const (
		counting = `
			window.calls = {api: 0, command: 0};
			if (navigator.clipboard) {
				const writeText = navigator.clipboard.writeText;
				navigator.clipboard.writeText = function () { calls.api++; return writeText.apply(this, arguments); };
			}
			const execCommand = document.execCommand;
			document.execCommand = function () { calls.command++; return execCommand.apply(this, arguments); };`
		notAllowed = `navigator.clipboard.writeText = () => Promise.reject(new DOMException('no', 'NotAllowedError'));`
		bothFail   = `navigator.clipboard.writeText = () => Promise.reject(new Error('no')); document.execCommand = () => false;`
		noEffect   = `document.execCommand = () => false;`
		throws     = `document.execCommand = () => { throw new Error('no'); };`
	)
	body := render(t, "smarty4", ready)
	for _, test := range []copyTest{
		{"https, by the clipboard API", "localhost", counting, true, 1, 0, copied},
		{"http, by a command", "panel.example", counting, false, 0, 1, copied},
		{"the API refuses", "localhost", notAllowed + counting, true, 1, 1, copied},
		{"the command does nothing", "panel.example", noEffect + counting, false, 0, 1, byHand},
		{"the command throws", "panel.example", throws + counting, false, 0, 1, byHand},
		{"the API and the command refuse", "localhost", bothFail + counting, true, 1, 1, byHand},
	} {
		t.Run(test.name, func(t *testing.T) {
			tab := c.tab(t)
			tab.before(t, test.before)
			tab.open(t, c.url(test.host, document{bodies: body}))
			test.run(t, tab)
		})
	}
}

const (
	hasButton  = `document.querySelector('.jetpack-license-copy').getClientRects().length > 0`
	statusText = `document.querySelector('.jetpack-license-status').textContent`
	// recordStatus records in said what the status says from now on.
	recordStatus = `window.said = [], new MutationObserver(() => { said.push(` + statusText + `); }).observe(
		document.querySelector('.jetpack-license-status'), {childList: true}), calls.api = calls.command = 0, true`
)

func (test copyTest) run(t *testing.T, tab tab) {
	secure := evaluate[bool](t, tab, `isSecureContext && !!navigator.clipboard`)
	if secure != test.secure {
		t.Fatalf("the page can use the clipboard API: %t, want %t", secure, test.secure)
	}
	if !evaluate[bool](t, tab, hasButton) {
		t.Fatal("there is no button")
	}
	tab.setClipboard(t, "what was there before")
	if got := evaluate[string](t, tab, statusText); got != "" {
		t.Errorf("said before the click: %q", got)
	}
	for range 2 {
		// A screen reader doesn't read a text again unless the text is set again.
		evaluate[bool](t, tab, recordStatus)
		tab.do(t, chromedp.Click(chromedp.CSS(".jetpack-license-copy")))
		tab.wait(t, fmt.Sprintf(`said.includes(%q)`, test.says))
		got := evaluate[string](t, tab, `document.querySelector('.jetpack-license-status').innerText`)
		if got != test.says {
			t.Errorf("says %q, want %q", got, test.says)
		}
	}
	calls := evaluate[[]int](t, tab, `[calls.api, calls.command]`)
	if want := []int{test.api, test.command}; !slices.Equal(calls, want) {
		t.Errorf("calls of the API and of the command: %d, want %d", calls, want)
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
		ids := evaluate[[]string](t, tab, `[...document.querySelectorAll(
			'.jetpack-license [id], .jetpack-license[id]')].map(e => e.id)`)
		if len(ids) > 0 {
			t.Errorf("IDs would clash: %q", ids)
		}
		for i, key := range []string{harmlessKey, secondKey} {
			evaluate[bool](t, tab, `document.querySelectorAll('.jetpack-license-status').forEach(
				e => e.textContent = ''), calls = 0, true`)
			tab.do(t, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
				nodes, err := chromedp.Nodes(chromedp.CSSAll(".jetpack-license-copy"))(ctx, target)
				if err != nil {
					return err
				}
				_, err = chromedp.MouseClickNode(nodes[i])(ctx, target)
				return err
			}))
			const statuses = `[...document.querySelectorAll('.jetpack-license-status')]`
			tab.wait(t, statuses+`.some(e => e.textContent)`)
			said := evaluate[[]string](t, tab, statuses+`.map(e => e.textContent)`)
			if said[i] != copied || said[1-i] != "" {
				t.Errorf("%s: after a click on button %d they say %q", host, i, said)
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
	page := document{bodies: render(t, "smarty4", ready), policy: "script-src 'none'"}
	tab.open(t, c.url("localhost", page))
	if evaluate[bool](t, tab, hasButton) {
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
		t.Run(bootstrap.version, func(t *testing.T) {
			tab := c.tab(t)
			tab.open(t, c.url("localhost", document{bootstrap: bootstrap.version, bodies: body}))
			checkScreenReader(t, tab)
			checkKeyboard(t, tab)
		})
	}
}

// checkScreenReader checks what a screen reader gets of the page.
func checkScreenReader(t *testing.T, tab tab) {
	t.Helper()
	nodes, err := chromedp.Run(tab.ctx,
		func(ctx context.Context, target *chromedp.Target) ([]*accessibility.Node, error) {
			params := accessibility.GetFullAXTreeParams{}
			tree, err := cdp.Call(ctx, target, accessibility.GetFullAXTree, params)
			return tree.Nodes, err
		})
	if err != nil {
		t.Fatal(err)
	}
	var seen []string
	roles := []string{"textbox", "button", "link", "status", "heading"}
	for _, node := range nodes {
		role := text(node.Role)
		if node.Ignored || !slices.Contains(roles, role) {
			continue
		}
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
	slices.Sort(seen) // the order of the tree is not that of the page
	want := []string{
		"button: Copy license key",
		"heading: Jetpack Security",
		"link: Jetpack’s guide to getting started",
		"link: your site’s activation page",
		"status: , live polite",
		"textbox: License key = " + harmlessKey + ", readonly true",
	}
	if !slices.Equal(seen, want) {
		t.Errorf("a screen reader has\n%s\nwant\n%s", strings.Join(seen, "\n"),
			strings.Join(want, "\n"))
	}
}

// checkKeyboard checks that Tab goes to the key, which is then selected and outlined, and on to the
// button, and that Enter copies the key.
func checkKeyboard(t *testing.T, tab tab) {
	t.Helper()
	const outlined = `(s => s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0 ||
		s.boxShadow !== 'none')(getComputedStyle(document.activeElement))`
	for _, stop := range []string{"jetpack-license-key", "jetpack-license-copy"} {
		tab.do(t, chromedp.KeyEvent("\t"))
		got := evaluate[string](t, tab, `document.activeElement.className`)
		if !strings.Contains(got, stop) {
			t.Errorf("Tab goes to %q, want %s", got, stop)
		}
		if !evaluate[bool](t, tab, outlined) {
			t.Errorf("no focus is visible on %s", stop)
		}
		if got := evaluate[string](t, tab, `getSelection().toString()`); got != harmlessKey {
			t.Errorf("selected with %s: %q", stop, got)
		}
	}
	tab.setClipboard(t, "what was there before")
	tab.do(t, chromedp.Focus(chromedp.CSS(".jetpack-license-copy")), chromedp.KeyEvent("\r"))
	tab.wait(t, statusText)
	if got := tab.clipboard(t); got != harmlessKey {
		t.Errorf("Enter copied %q", got)
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
		names = append(names, name, name+"-long")
		list = append(list, views[name], views[name].long())
	}
	rendered := render(t, "smarty4", list...)
	tab := c.tab(t)
	for _, width := range []int64{360, 1200} {
		tab.do(t, chromedp.EmulateViewport(width, 640))
		for _, bootstrap := range bootstraps {
			for i, name := range names {
				if slices.Index(rendered, rendered[i]) < i { // some states look the same
					continue
				}
				page := document{bootstrap: bootstrap.version, bodies: rendered[i : i+1]}
				tab.open(t, c.url("localhost", page))
				if strings.Contains(rendered[i], "<button") &&
					strings.HasPrefix(name, "active-on-site") {
					tab.do(t, chromedp.Click(chromedp.CSS(".jetpack-license-copy")))
					tab.wait(t, statusText)
				}
				got := evaluate[int64](t, tab, `document.documentElement.clientWidth`)
				if got != width {
					t.Fatalf("the page is %d wide, want %d", got, width)
				}
				name := fmt.Sprintf("%s-%d-%s", bootstrap.version, width, name)
				if got := evaluate[[]string](t, tab, overflows); len(got) > 0 {
					t.Errorf("%s:\n%s", name, strings.Join(got, "\n"))
				}
				saveScreenshot(t, tab, name)
			}
		}
	}
}

// saveScreenshot saves a picture of the page if the environment names a folder for that.
func saveScreenshot(t *testing.T, tab tab, name string) {
	t.Helper()
	artifacts := os.Getenv("JETPACK_START_TEST_ARTIFACTS")
	if artifacts == "" {
		return
	}
	picture, err := chromedp.Run(tab.ctx, chromedp.FullScreenshot(100))
	if err == nil {
		err = os.MkdirAll(artifacts, 0o755)
	}
	if err == nil {
		file := filepath.Join(artifacts, "client-area-"+name+".png")
		err = os.WriteFile(file, picture, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}
