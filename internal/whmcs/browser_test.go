package whmcs_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"jetpack-start/internal/apttest"
	"jetpack-start/internal/testenv"
)

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

// installBootstraps installs the versions of Bootstrap into a cache with npm, unless they are
// there.
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
	deadline := time.Now().Add(10 * time.Second)
	for ; !evaluate[bool](t, one, "!!("+condition+")"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", condition)
		}
	}
}

// press presses Ctrl and a key. It names the command too, because a browser without a window has no
// menu that knows the shortcut.
func (one tab) press(t *testing.T, key, command string) {
	t.Helper()
	for _, direction := range []input.DispatchKeyEventType{
		input.DispatchKeyEventTypeRawKeyDown, input.DispatchKeyEventTypeKeyUp,
	} {
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

// pasteHere calls a function with the field that serve adds for the clipboard.
const pasteHere = `(document.querySelector('.paste-here'))`

func (one tab) setClipboard(t *testing.T, text string) {
	t.Helper()
	const script = `(e => { e.value = %q; e.focus(); e.select(); return true; })`
	evaluate[bool](t, one, fmt.Sprintf(script, text)+pasteHere)
	one.press(t, "c", "copy")
	evaluate[bool](t, one, `(e => { e.value = ''; e.blur(); return true; })`+pasteHere)
	if got := one.clipboard(t); got != text {
		t.Fatalf("the clipboard has %q, want %q", got, text)
	}
}

// clipboard returns the text of the clipboard. It pastes, which needs no permission and works
// without https.
func (one tab) clipboard(t *testing.T) string {
	t.Helper()
	evaluate[bool](t, one, `(e => { e.value = ''; e.focus(); return true; })`+pasteHere)
	one.press(t, "v", "paste")
	const script = `(e => { const text = e.value; e.value = ''; e.blur(); return text; })`
	return evaluate[string](t, one, script+pasteHere)
}
