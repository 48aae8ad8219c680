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

// wordpress is a site that speaks XML-RPC as told.
type fakeSite struct {
	*httptest.Server
	mu       sync.Mutex
	requests []string
	answers  map[string]string // method → the answer; "" or none: a fault -32601
	instead  http.HandlerFunc  // of all that
}

func rpcFaultXML(code int, text string) string {
	return fmt.Sprintf(
		`<?xml version="1.0"?><methodResponse><fault><value><struct><member><name>faultCode</name><value><int>%d</int></value></member>`+
			`<member><name>faultString</name><value><string>%s</string></value></member></struct></value></fault></methodResponse>`,
		code,
		text,
	)
}

func rpcStructXML(members string) string {
	return "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<methodResponse>\n <params>\n <param>\n <value>\n <struct>\n" + members + "</struct>\n </value>\n </param>\n </params>\n</methodResponse>"
}

func startFakeSite(t *testing.T, answers map[string]string) *fakeSite {
	t.Helper()
	w := &fakeSite{answers: answers}
	method := regexp.MustCompile(`<methodName>jetpack\.(\w+)</methodName>`)
	w.Server = httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.mu.Lock()
		instead := w.instead
		w.mu.Unlock()
		if instead != nil {
			instead(rw, r)
			return
		}
		body, _ := io.ReadAll(r.Body)
		name := ""
		if m := method.FindSubmatch(body); m != nil && r.URL.Path == "/blog/xmlrpc.php" &&
			r.Method == "POST" {
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

func (w *fakeSite) set(name, text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answers[name] = text
}

func (w *fakeSite) handle(instead http.HandlerFunc) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.instead = instead
}

// called lists the methods since the last time.
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
	expect := func(calls string) {
		t.Helper()
		if got := w.called(); got != calls {
			t.Errorf("the site was asked for %q, want %q", got, calls)
		}
	}

	b.provision(site, "premium").want(t, 400, "remoteRegister method not found")
	expect("Register")
	w.set("remoteRegister", rpcFaultXML(-32000, "busy & tired"))
	b.provision(site, "premium").want(t, 400, `"site_inaccessible"`)
	expect("Register")
	w.set("remoteRegister", okay)
	b.provision(site, "premium").want(t, 400, "remoteProvision method not found")
	expect("Register Provision")
	w.set("remoteProvision", rpcFaultXML(400, "user_unknown"))
	b.provision(site, "premium").want(t, 400, "remoteProvision method not found")
	expect("Provision")
	if n := b.counts()["activations_made"]; n != 0 {
		t.Fatalf("%v plans were made", n)
	}

	w.set(
		"remoteProvision",
		rpcStructXML(`<member><name>connected</name><value><boolean>0</boolean></value></member>`),
	)
	b.provision(site, "premium", "force_register", "1").want(t, 200,
		`"auth_required":true`, `approve?site=127.0.0.1%3A`)
	expect("Register Provision")
	b.provision(site, "gold").want(t, 400, "invalid_plan")
	b.provision(site, "personal").want(t, 400, "plan_downgrade_disallowed")
	expect("") // a plan that is refused anyway costs the site nothing

	approve := "/sandbox/approve?site=" + strings.ReplaceAll(key, "::", "/")
	b.get(approve).want(t, 400, "remoteConnect method not found")
	b.status(key).want(t, 200, `"is_connected":false`)
	w.set("remoteConnect", rpcFaultXML(1, "no"))
	b.get(approve).want(t, 400, "XML-RPC fault 1: no")
	w.set("remoteConnect", okay)
	w.called()
	b.get(approve).want(t, 200, `"activated":["premium"]`)
	expect("Connect")
	b.status(key).want(t, 200, `"is_connected":true`, `"is_pending":false`)

	w.set("remoteProvision", okay) // a site that doesn't say whether it is connected
	b.provision(site, "premium").want(t, 200, `"auth_required":false`)
	w.set(
		"remoteProvision",
		rpcStructXML(`<member><name>connected</name><value><boolean>1</boolean></value></member>`),
	)
	b.provision(site, "premium").want(t, 200, `"auth_required":false`)
	if n := b.counts()["activations_made"]; n != 1 {
		t.Errorf("%v plans were made", n)
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
	head := `^remote%[1]s <\?xml version="1.0" encoding="UTF-8"\?>\n<methodCall><methodName>jetpack.remote%[1]s</methodName><params><param><value><struct>`
	id, user, tail := member(
		"blog_id", "<int>100000001</int>",
	), member(
		"local_user",
		"<string>a&lt;b&gt;&amp;c</string>",
	), `</struct></value></param></params></methodCall>$`
	token := "<string>[A-Za-z0-9]{32}</string>"
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

func TestCallSitesTrouble(t *testing.T) {
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
		{"redirect", "", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://a.test", http.StatusMovedPermanently)
		}, 400, "remoteRegister method not found"},
		{
			"no XML", "",
			func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<p>Maintenance") }, 400,
			"is not XML-RPC",
		},
		{
			"HTTP error", "", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(403) },
			400, "HTTP status 403",
		},
		{"slow", "", func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.ReadAll(r.Body)
			<-r.Context().Done()
		}, 400, "site_inaccessible"},
		{
			"cut", "", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) },
			400, "site_inaccessible",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := start(t, Config{CallSites: true})
			b.server.siteTimeout = 100 * time.Millisecond
			siteurl := tt.siteurl
			if tt.handler != nil {
				w := startFakeSite(t, nil)
				w.handle(tt.handler)
				siteurl = w.URL
			}
			b.provision(siteurl, "premium").want(t, tt.status, tt.want)
		})
	}
}

func TestCallSitesSimultaneous(t *testing.T) {
	w := startFakeSite(
		t,
		map[string]string{"remoteRegister": rpcStructXML(""), "remoteProvision": rpcStructXML("")},
	)
	b := start(t, Config{CallSites: true})
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() { b.provision(w.URL+"/blog", "premium").want(t, 200) })
	}
	wg.Wait()
	if n := b.counts()["activations_made"]; n != 1 {
		t.Errorf("%v plans were made", n)
	}
	if calls := w.called(); strings.Count(calls, "Register") != 1 {
		t.Errorf("the site was asked for %s", calls)
	}
}

func TestApproveUnresolvedSite(t *testing.T) {
	b := start(t, Config{CallSites: true})
	b.provision("https://shop.example", "premium").want(t, 200)
	b.get("/sandbox/approve?site=shop.example").want(t, 400, "site_inaccessible")

	// The site comes up after the provision call: approving registers it.
	w := startFakeSite(
		t, map[string]string{"remoteRegister": rpcStructXML(""), "remoteConnect": rpcStructXML("")},
	)
	w.handle(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) })
	key := strings.TrimPrefix(w.URL, "http://") + "/blog"
	b.server.mu.Lock()
	b.server.state.Sites[key] = &site{Key: key, URL: "http://" + key, State: "new", Known: true}
	b.server.mu.Unlock()
	b.get("/sandbox/approve?site="+key).want(t, 400, "site_inaccessible")
	w.handle(nil)
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
	if got, err := parseResponse(200, []byte(`<methodResponse><params></params></methodResponse>`)); err != nil ||
		len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
	if got, err := parseResponse(200, []byte(`<methodResponse><params><param><value><boolean>1</boolean></value></param></params></methodResponse>`)); err != nil ||
		len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
}
