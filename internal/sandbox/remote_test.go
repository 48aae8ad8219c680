package sandbox

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

// fakeSite is a site with the XML-RPC methods that a test gives it, at /blog/xmlrpc.php.
type fakeSite struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string
	answers  map[string]string // responses by method; without one, the fault -32601
	handler  http.HandlerFunc  // handles all requests instead, if it isn't nil
}

func rpcFaultXML(code int, text string) string {
	return fmt.Sprintf(`<?xml version="1.0"?><methodResponse><fault><value><struct>`+
		`<member><name>faultCode</name><value><int>%d</int></value></member>`+
		`<member><name>faultString</name><value><string>%s</string></value></member>`+
		`</struct></value></fault></methodResponse>`, code, text)
}

func rpcStructXML(members string) string {
	return `<?xml version="1.0" encoding="UTF-8"?>` + "\n" +
		"<methodResponse>\n <params>\n <param>\n <value>\n <struct>\n" + members +
		"</struct>\n </value>\n </param>\n </params>\n</methodResponse>"
}

func startFakeSite(t *testing.T, answers map[string]string) *fakeSite {
	t.Helper()
	w := &fakeSite{answers: answers}
	method := regexp.MustCompile(`<methodName>jetpack\.(\w+)</methodName>`)
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		handler := w.handler
		w.mu.Unlock()
		if handler != nil {
			handler(rw, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		name := ""
		m := method.FindSubmatch(body)
		if m != nil && r.URL.Path == "/blog/xmlrpc.php" && r.Method == "POST" {
			name = string(m[1])
		}
		w.mu.Lock()
		w.requests = append(w.requests, name+" "+string(body))
		text := w.answers[name]
		w.mu.Unlock()
		if text == "" {
			text = rpcFaultXML(-32601, "server error. requested method "+name+" does not exist.")
		}
		rw.Header().Set("Content-Type", "text/xml")
		fmt.Fprint(rw, text)
	}))
	t.Cleanup(w.Close)
	return w
}

// setAnswer sets the response to a method.
func (w *fakeSite) setAnswer(name, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[name] = text
}

// setHandler sets a handler for all requests, or none if it is nil.
func (w *fakeSite) setHandler(handler http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.handler = handler
}

// called returns the methods that were called since the last time, without "remote".
func (w *fakeSite) called() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var names []string
	for _, r := range w.requests {
		name, _, _ := strings.Cut(r, " ")
		names = append(names, strings.TrimPrefix(name, "remote"))
	}
	w.requests = nil
	return strings.Join(names, " ")
}

func TestCallSites(t *testing.T) {
	okay := rpcStructXML("")
	w := startFakeSite(t, map[string]string{})
	b := start(t, Config{CallSites: true})
	site := w.URL + "/blog"
	key := strings.ReplaceAll(strings.TrimPrefix(site, "http://"), "/", "::")
	wantCalls := func(calls string) {
		t.Helper()
		if got := w.called(); got != calls {
			t.Errorf("the site was called for %q, want %q", got, calls)
		}
	}

	b.provision(site, "premium").want(t, 400, "remoteRegister method not found")
	wantCalls("Register")
	w.setAnswer("remoteRegister", rpcFaultXML(-32000, "busy & tired"))
	b.provision(site, "premium").want(t, 400, `"site_inaccessible"`)
	wantCalls("Register")
	w.setAnswer("remoteRegister", okay)
	b.provision(site, "premium").want(t, 400, "remoteProvision method not found")
	wantCalls("Register Provision")
	w.setAnswer("remoteProvision", rpcFaultXML(400, "user_unknown"))
	b.provision(site, "premium").want(t, 400, "remoteProvision method not found")
	wantCalls("Provision")
	if n := b.counts()["activations_made"]; n != 0 {
		t.Fatalf("%v plans were activated", n)
	}

	w.setAnswer(
		"remoteProvision",
		rpcStructXML(`<member><name>connected</name><value><boolean>0</boolean></value></member>`),
	)
	b.provision(site, "premium", "force_register", "1").want(t, 200,
		`"auth_required":true`, `approve?site=127.0.0.1%3A`)
	wantCalls("Register Provision")
	b.provision(site, "gold").want(t, 400, "invalid_plan")
	b.provision(site, "personal").want(t, 400, "plan_downgrade_disallowed")
	wantCalls("") // a plan that is refused anyway costs the site no request

	approve := "/sandbox/approve?site=" + strings.ReplaceAll(key, "::", "/")
	b.get(approve).want(t, 400, "remoteConnect method not found")
	b.status(key).want(t, 200, `"is_connected":false`)
	w.setAnswer("remoteConnect", rpcFaultXML(1, "no"))
	b.get(approve).want(t, 400, "XML-RPC fault 1: no")
	w.setAnswer("remoteConnect", okay)
	w.called()
	b.get(approve).want(t, 200, `"activated":["premium"]`)
	wantCalls("Connect")
	b.status(key).want(t, 200, `"is_connected":true`, `"is_pending":false`)

	w.setAnswer("remoteProvision", okay) // a site that doesn't say whether it is connected
	b.provision(site, "premium").want(t, 200, `"auth_required":false`)
	w.setAnswer(
		"remoteProvision",
		rpcStructXML(`<member><name>connected</name><value><boolean>1</boolean></value></member>`),
	)
	b.provision(site, "premium").want(t, 200, `"auth_required":false`)
	if n := b.counts()["activations_made"]; n != 1 {
		t.Errorf("%v plans were activated", n)
	}
}

func TestCallSitesSends(t *testing.T) {
	w := startFakeSite(t, map[string]string{
		"remoteRegister":  rpcStructXML(""),
		"remoteProvision": rpcStructXML(""),
		"remoteConnect":   rpcStructXML(""),
	})
	b := start(t, Config{CallSites: true})
	contentType, body := multipartBody(
		t, "siteurl", w.URL+"/blog/", "local_user", "a<b>&c", "plan", "free",
	)
	b.send("POST", provisionPath, contentType, body).want(t, 200)
	b.get("/sandbox/approve?site="+strings.TrimPrefix(w.URL, "http://")+"/blog").want(t, 200)
	member := func(name, value string) string {
		return `<member><name>` + name + `</name><value>` + value + `</value></member>`
	}
	head := `^remote%[1]s <\?xml version="1.0" encoding="UTF-8"\?>\n<methodCall>` +
		`<methodName>jetpack.remote%[1]s</methodName><params><param><value><struct>`
	id := member("blog_id", "<int>100000001</int>")
	user := member("local_user", "<string>a&lt;b&gt;&amp;c</string>")
	tail := `</struct></value></param></params></methodCall>$`
	token := `<string>[A-Za-z0-9]{32}\.[A-Za-z0-9]{32}</string>`
	for i, want := range []string{
		fmt.Sprintf(head, "Register") + id + member("blog_token", token) + user + tail,
		fmt.Sprintf(head, "Provision") + id + user + tail,
		fmt.Sprintf(head, "Connect") + id + user + member("user_token", token) + tail,
	} {
		if !regexp.MustCompile(want).MatchString(w.requests[i]) {
			t.Errorf("%s, want\n%s", w.requests[i], want)
		}
	}
}

func TestCallSitesFailures(t *testing.T) {
	redirectAll := func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, "https://a.test", http.StatusMovedPermanently)
	}
	maintenance := func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<p>Maintenance") }
	forbidden := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) }
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.ReadAll(r.Body)
		<-r.Context().Done()
	}
	abort := func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
	closed := httptest.NewServer(nil)
	closed.Close()
	tests := []struct {
		name, siteurl string
		handler       http.HandlerFunc
		status        int
		want          string
	}{
		{
			"nobody listens", closed.URL, nil, 200,
			`{"success":true,"next_url":"","auth_required":true}`,
		},
		{
			"a name", "https://shop.example", nil, 200,
			`{"success":true,"next_url":"","auth_required":true}`,
		},
		{"another machine", "http://192.0.2.1", nil, 400, "on loopback only"},
		{"another machine, v6", "http://[2001:db8::1]", nil, 400, "on loopback only"},
		{"redirect", "", redirectAll, 400, "remoteRegister method not found"},
		{"no XML", "", maintenance, 400, "is not XML-RPC"},
		{"HTTP error", "", forbidden, 400, "HTTP status 403"},
		{"slow", "", hang, 400, "site_inaccessible"},
		{"cut", "", abort, 400, "site_inaccessible"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := start(t, Config{CallSites: true})
			b.server.siteTimeout = 100 * time.Millisecond
			siteurl := tt.siteurl
			if tt.handler != nil {
				w := startFakeSite(t, nil)
				w.setHandler(tt.handler)
				siteurl = w.URL
			}
			b.provision(siteurl, "premium").want(t, tt.status, tt.want)
		})
	}
}

func TestCallSitesSimultaneous(t *testing.T) {
	w := startFakeSite(t, map[string]string{
		"remoteRegister": rpcStructXML(""), "remoteProvision": rpcStructXML(""),
	})
	b := start(t, Config{CallSites: true})
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() { b.provision(w.URL+"/blog", "premium").want(t, 200) })
	}
	wg.Wait()
	if n := b.counts()["activations_made"]; n != 1 {
		t.Errorf("%v plans were activated", n)
	}
	if calls := w.called(); strings.Count(calls, "Register") != 1 {
		t.Errorf("the site was called for %s", calls)
	}
}

func TestApproveUnresolvedSite(t *testing.T) {
	b := start(t, Config{CallSites: true})
	b.provision("https://shop.example", "premium").want(t, 200)
	b.get("/sandbox/approve?site=shop.example").want(t, 400, "site_inaccessible")

	// The site comes up after the provision call: approving registers it.
	w := startFakeSite(t, map[string]string{
		"remoteRegister": rpcStructXML(""), "remoteConnect": rpcStructXML(""),
	})
	w.setHandler(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	key := strings.TrimPrefix(w.URL, "http://") + "/blog"
	b.server.mu.Lock()
	b.server.state.Sites[key] = &site{Key: key, URL: "http://" + key, State: "new", Known: true}
	b.server.mu.Unlock()
	b.get("/sandbox/approve?site="+key).want(t, 400, "site_inaccessible")
	w.setHandler(nil)
	b.get("/sandbox/approve?site="+key).want(t, 200, `"success":true`)
	if got := w.called(); got != "Register Connect" {
		t.Error(got)
	}
}

func TestParseResponse(t *testing.T) {
	got, err := parseResponse(200, []byte(rpcStructXML(`
		<member><name>i4</name><value><i4> 7 </i4></value></member>
		<member><name>bad</name><value><int>x</int></value></member>
		<member><name>yes</name><value><boolean>1</boolean></value></member>
		<member><name>text</name><value><string>a &amp; b</string></value></member>
		<member><name>bare</name><value>c</value></member>
		<member><name>list</name><value><array><data><value><int>1</int></value></data></array></value></member>
		<member><name>inner</name><value><struct></struct></value></member>`)))
	want := map[string]any{"i4": int64(7), "yes": true, "text": "a & b", "bare": "c"}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%v, %v, want %v", got, err, want)
	}
	for _, params := range []string{"", "<param><value><boolean>1</boolean></value></param>"} {
		text := "<methodResponse><params>" + params + "</params></methodResponse>"
		if got, err := parseResponse(200, []byte(text)); err != nil || len(got) != 0 {
			t.Errorf("%s: %v, %v", text, got, err)
		}
	}
}
