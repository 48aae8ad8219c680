package jetpack

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// fuzzReply returns an answer to a call that costs money.
func fuzzReply(status int, body []byte) reply {
	return reply{
		call: "provision", status: status, body: body, requestID: "r1",
		header: http.Header{"Content-Type": {"text/html"}},
	}
}

// checkFuzzError checks what must be true of the error for any answer.
func checkFuzzError(t *testing.T, e *Error) {
	t.Helper()
	e.hide([]Secret{testSecret, testToken})
	if e.Code == "" {
		t.Error("an error without a code")
	}
	if s := e.Error(); strings.ContainsAny(s, "\n\r\x1b\x00") || strings.Contains(s, testToken) {
		t.Errorf("error text %q", s)
	}
	if e.Raw != nil && !json.Valid(e.Raw) {
		t.Errorf("raw isn't JSON: %s", e.Raw)
	}
	foreign := e.Status >= 300 && e.Status < 500 && e.Code == CodeHTTPError
	if e.Status >= 500 && !e.Lost() || foreign && !e.Lost() {
		t.Errorf("lost is off: %+v", e)
	}
}

func FuzzProvisionAnswer(f *testing.F) {
	for _, s := range []string{
		goodJSON, `{"success":true,"next_url":"","auth_required":true}`, `{"success":"1","auth_required":0,"access_token":"x","ssh_set":true,"ssh_error":""}`,
		`{"success":false}`, `{"success":true,"error":"x"}`, `[]`, ``, `<html>`, `{"success":{}}`, `{"error":"invalid_plan","message":"x"}`,
	} {
		f.Add(200, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		a, err := readProvision(fuzzReply(status, body))
		if e := apiError(err); e != nil {
			checkFuzzError(t, e)
			return
		}
		var m map[string]any
		if err := json.Unmarshal(body, &m); err != nil || status < 200 || status > 299 ||
			!a.Success {
			t.Fatalf("accepted HTTP %d %s: %+v", status, body, a)
		}
		if out := WithoutAccessToken(a.Raw); !json.Valid(out) {
			t.Errorf("can't be printed: %s", body)
		}
	})
}

func FuzzErrorBody(f *testing.F) {
	for _, s := range []string{
		`{"error":"invalid_plan","message":"x"}`, `{"error_code":"a","error_message":"b"}`, `{"error":"c","error_description":"d"}`,
		`{"code":"e","message":"f","data":{"status":403}}`, `{"error":{"code":"x"}}`, `{"error_code":500}`, `{}`, `<h1>`, "{\"error\":\"a\\u0000\\u001b[31m\"}",
	} {
		f.Add(400, []byte(s))
		f.Add(200, []byte(s))
		f.Add(502, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		_, err := fuzzReply(status, body).check()
		e := apiError(err)
		if e == nil {
			if status < 200 || status > 299 {
				t.Errorf("HTTP %d is taken for good", status)
			}
			return
		}
		checkFuzzError(t, e)
	})
}

func FuzzStatus(f *testing.F) {
	for _, s := range []string{
		`{"blog":{"is_connected":true,"has_backups_credentials":false},"products":[{"slug":"jetpack-scan","is_provisioned_by_partner":true,"is_provisioned_by_calling_partner":1,"is_pending":"false"}]}`,
		`{"blog":[],"products":{"1":{"slug":"x"}}}`, `{"blog":[{"is_connected":0}],"products":[]}`, `{"blog":[[]],"products":[1]}`, `{}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		s, err := readStatus(fuzzReply(200, body))
		if e := apiError(err); e != nil {
			checkFuzzError(t, e)
			return
		}
		for _, p := range s.Products {
			if p.Slug == "" {
				t.Errorf("a product without a slug: %s", body)
			}
		}
	})
}

func FuzzWithoutAccessToken(f *testing.F) {
	for _, s := range []string{
		`{"access_token":"x","a":1}`, `{"a":1 , "access\u005ftoken" : [1,{"access_token":2}] }`, `{"a":{"access_token":{}},"b":"\\\""}`, ` {}`, `[]`, `{"a":[1 ,2]}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		out := WithoutAccessToken(raw)
		var m, kept map[string]json.RawMessage
		if err := json.Unmarshal(raw, &m); err != nil || m == nil {
			if out != nil {
				t.Errorf("%q isn't an object, got %q", raw, out)
			}
			return
		}
		if err := json.Unmarshal(out, &kept); err != nil {
			t.Fatalf("%q became %q: %v", raw, out, err)
		}
		_, had := m[tokenMember]
		if _, has := kept[tokenMember]; has {
			t.Errorf("%q became %q", raw, out)
		}
		delete(m, tokenMember)
		if len(kept) != len(m) {
			t.Errorf("%q became %q: members lost", raw, out)
		}
		if !had && !bytes.Contains(raw, []byte(`token`)) && !bytes.Contains(raw, []byte(`\`)) &&
			!bytes.Equal(raw, out) {
			t.Errorf("%q became %q: nothing was to be taken out", raw, out)
		}
		if again := WithoutAccessToken(out); !bytes.Equal(again, out) {
			t.Errorf("%q: a second pass changed it to %q", out, again)
		}
	})
}

func FuzzSiteIdentifier(f *testing.F) {
	for _, s := range []string{
		"https://Example.com/demo/wp/", "example.com::a::b", "http://[::1]:80/x", "12", "a:b@c", "https://é.com/%41%2f", "[::1]::a", "x:8:::", "//", "http://İ/",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		id, err := SiteIdentifier(in)
		if err != nil {
			return
		}
		if strings.ContainsAny(id, "/?# \n\x00\\") || id == "" || id == "." || id == ".." {
			t.Errorf("%q becomes %q", in, id)
		}
		if again, err := SiteIdentifier(id); err != nil || again != id {
			t.Errorf("%q becomes %q, which becomes %q, %v", in, id, again, err)
		}
		req, err := http.NewRequest(http.MethodGet, "https://h/jpphp/"+id+"/status", nil)
		if err != nil || req.URL.Host != "h" || strings.Count(req.URL.EscapedPath(), "/") != 3 {
			t.Errorf("%q becomes %q, which breaks the path: %v", in, id, err)
		}
	})
}
