package sandbox

import (
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"
)

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		name string
		cfg  Config
		want string
	}{
		{"no partner", Config{}, "no partner"},
		{"every address", Config{Listen: ":8080"}, `":8080": only loopback`},
		{"a public address", Config{Listen: "192.0.2.1:0"}, "only loopback"},
		{"a host name", Config{Listen: "example.com:443"}, "only loopback"},
		{"no port", Config{Listen: "127.0.0.1"}, "want host:port"},
		{"a CA without TLS", Config{HTTP: true, CAOut: "ca.pem"}, "plain HTTP has none"},
		{"negative latency", Config{Latency: -1}, "want zero or more"},
		{"next URL", Config{NextURL: "example.com"}, `"example.com": want an http or https URL`},
		{"repeat code", Config{RepeatCode: "No!"}, `"No!": want an error code`},
		{"partner without secret", Config{Partners: []string{"7"}}, `partner "7": want ID:SECRET`},
		{
			"partner option",
			Config{Partners: []string{"7:hush,slow"}},
			`partner "7": unknown option "slow"`,
		},
		{
			"partner limit",
			Config{Partners: []string{"7:hush,premium=many"}},
			"premium=many: want a number",
		},
		{"partner twice", Config{Partners: []string{"7:a", "7:b"}}, `"7" is given twice`},
		{"token twice", Config{Partners: []string{"7:a,token=T", "8:b,token=T"}}, "same token"},
		{"site without state", Config{Sites: []string{"example.com"}}, "want URL=STATE"},
		{
			"site state",
			Config{Sites: []string{"example.com=odd"}},
			`unknown state "odd": want one of connected,`,
		},
		{"site plan", Config{Sites: []string{"example.com=plan=gold"}}, `unknown plan "gold"`},
		{
			"site states",
			Config{Sites: []string{"example.com=new,connected"}},
			"new and connected exclude each other",
		},
		{"site ID", Config{Sites: []string{"example.com=connected:x"}}, "want connected:BLOGID"},
		{
			"site ID elsewhere",
			Config{Sites: []string{"example.com=new:12"}},
			"want connected:BLOGID",
		},
		{
			"site twice",
			Config{Sites: []string{"example.com=new", "https://EXAMPLE.com/=new"}},
			`"example.com" is given twice`,
		},
		{
			"blog ID twice",
			Config{Sites: []string{"a.test=connected:5", "b.test=connected:5"}},
			"same blog ID 5",
		},
		{
			"plan without partner",
			Config{
				Partners:  []string{},
				Licensing: []string{"L"},
				Sites:     []string{"a.test=plan=free"},
			},
			"plan= needs a partner",
		},
		{"fault", Config{Faults: []string{"provision"}}, "want CALL:KIND"},
		{
			"fault call",
			Config{Faults: []string{"provide:hang"}},
			`unknown call "provide": want one of any, token`,
		},
		{
			"fault kind",
			Config{Faults: []string{"any:explode"}},
			`unknown kind "explode": want one of 429`,
		},
		{"fault 4xx", Config{Faults: []string{"any:404-after"}}, "unknown kind"},
		{"fault value", Config{Faults: []string{"any:hang=1"}}, "has no value"},
		{"fault no value", Config{Faults: []string{"any:status"}}, "status=…"},
		{"fault latency", Config{Faults: []string{"any:latency=soon"}}, "want a duration"},
		{"fault status", Config{Faults: []string{"any:status=99"}}, "from 300 to 599"},
		{"fault bodyless", Config{Faults: []string{"any:html=204"}}, "want an HTTP status"},
		{"fault retry", Config{Faults: []string{"any:429=later"}}, "want seconds or date"},
		{"fault code", Config{Faults: []string{"any:error=Oh No"}}, "want an error code"},
		{"fault times", Config{Faults: []string{"any:hang*0"}}, "*TIMES of 1 or more"},
		{"log without stdout", Config{Log: "-"}, "Config.Stdout is not set"},
		{"log", Config{Log: "/dev/null/log"}, "log: "},
		{"state", Config{State: "/dev/null/state"}, "state: "},
		{
			"randomness",
			Config{Rand: iotest.ErrReader(errors.New("dry")), Partners: []string{"1:s"}},
			"randomness: dry",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.cfg.Partners == nil && tt.name != "no partner" {
				tt.cfg.Partners = []string{"1:hush,token=T"}
			}
			_, err := New(tt.cfg)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("error %v, want %s", err, tt.want)
			}
			if strings.Contains(err.Error(), "hush") {
				t.Errorf("the error shows the secret: %v", err)
			}
		})
	}
}

func TestNewAcceptsLoopback(t *testing.T) {
	for _, listen := range []string{"", "127.0.0.1:0", "127.9.9.9:0", "[::1]:0", "localhost:0"} {
		if _, err := New(Config{Listen: listen, Partners: []string{"1:s"}}); err != nil {
			t.Errorf("%q: %v", listen, err)
		}
	}
}

func TestBrokenStateFile(t *testing.T) {
	for content, want := range map[string]string{
		"{":             "not a sandbox's state",
		`{"version":9}`: "version 9, want 1",
	} {
		path := tempPath(t, "state")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := New(Config{Partners: []string{"1:s"}, State: path})
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %s", content, err, want)
		}
	}
}

func TestSiteKey(t *testing.T) {
	for in, want := range map[string]string{
		"https://Example.COM/":        "example.com",
		"http://example.com/Demo/wp/": "example.com/Demo/wp",
		"example.com:8080/x":          "example.com:8080/x",
		"https://example.com:443/x":   "example.com/x",
		"http://example.com:80":       "example.com",
		"http://[::1]:80":             "[::1]",
		"http://[::443]":              "[::443]",
		"http://[::1]:8080/x":         "[::1]:8080/x",
	} {
		if got := siteKey(in); got != want {
			t.Errorf("siteKey(%q) = %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{
		"Example.com":             "example.com",
		"example.com::demo::wp":   "example.com/demo/wp",
		"[::1]:8080::demo":        "[::1]:8080/demo",
		"localhost:8080::a::b.c":  "localhost:8080/a/b.c",
		"xn--bcher-kva.example::": "xn--bcher-kva.example",
	} {
		if got := siteKeyFromPath(in); got != want {
			t.Errorf("siteKeyFromPath(%q) = %q, want %q", in, got, want)
		}
	}
}
