package jetpack

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
)

func FuzzLicense(f *testing.F) {
	for _, s := range []string{
		issuedJSON, revokedJSON, `{"license_key":"k","issued_at":{},"revoked_at":[]}`, `{"license_key":7}`, `[]`, ``, `<html>`,
		`{"code":"rest_forbidden","message":"x","data":{"status":403}}`, `{"license_key":"k","error":1}`, `{"license_id":"x","license_key":"k","revoked_at":0}`,
	} {
		f.Add(200, []byte(s))
		f.Add(500, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		l, err := readLicense(fuzzReply(status, body))
		if e := apiError(err); e != nil {
			checkFuzzError(t, e)
			if l.Key != "" && !e.Lost() {
				t.Errorf("a key beside a refusal: %s", body)
			}
			var m map[string]any
			if json.Unmarshal(e.Raw, &m) == nil && m["license_key"] != nil {
				t.Errorf("the key is in Raw: %s", e.Raw)
			}
			return
		}
		var m map[string]any
		if err := json.Unmarshal(body, &m); err != nil || status < 200 || status > 299 ||
			l.Key == "" {
			t.Fatalf("accepted HTTP %d %s", status, body)
		}
		if !l.RevokedAt.IsZero() && l.RevokedAtText == "" ||
			!l.IssuedAt.IsZero() && l.IssuedAtText == "" ||
			!l.RevokedAt.IsZero() && !l.Revoked() {
			t.Errorf("%s: %+v", body, license(l))
		}
		if s := fmt.Sprint(l); strings.ContainsAny(s, "\n\r\x1b\x00") ||
			len(l.Key) > 20 && strings.Contains(s, l.Key) {
			t.Errorf("printed %q", s)
		}
	})
}

func FuzzProductFamilies(f *testing.F) {
	for _, s := range []string{
		`[{"name":"n","slug":"s","products":[{"product_id":1,"name":"n","slug":"s","currency":"usd","amount":9.99,"price_interval":"month"}]}]`,
		`{"0":{"slug":"s","products":{"1":{"slug":"p","amount":"1e3"}}}}`, `[]`, `{}`, `[[]]`, `{"error":"x"}`, `[{"slug":"s","products":null}]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		list, err := readFamilies(fuzzReply(200, body))
		if e := apiError(err); e != nil {
			checkFuzzError(t, e)
			return
		}
		if !json.Valid(body) {
			t.Fatalf("accepted %s", body)
		}
		for _, family := range list {
			if family.Slug == "" {
				t.Errorf("a family without a slug: %s", body)
			}
			for _, p := range family.Products {
				var n json.Number
				number := json.Unmarshal([]byte(p.Amount), &n) == nil && n.String() == p.Amount
				if p.Slug == "" || p.Amount != "" && !number {
					t.Errorf("%s becomes %+v", body, p)
				}
			}
		}
	})
}

func FuzzPartnerKey(f *testing.F) {
	for _, s := range []string{
		keyJSON, `{"client_id":1,"client_secret":"c1ient-s3cret"}`, `{"client_id":"1","client_secret":"c1ient-s3cret","error":"x"}`, `{}`, `[]`, `<html>`,
	} {
		f.Add(200, []byte(s))
		f.Add(502, []byte(s))
	}
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		k, err := readPartnerKey(fuzzReply(status, body))
		if e := apiError(err); e != nil {
			checkFuzzError(t, e)
			if k.ClientSecret != "" && !e.Lost() {
				t.Errorf("a key beside a refusal: %s", body)
			}
			var m map[string]any
			if json.Unmarshal(e.Raw, &m) == nil && m["client_secret"] != nil {
				t.Errorf("the secret is in Raw: %s", e.Raw)
			}
			return
		}
		if status < 200 || status > 299 || !json.Valid(body) || k.ClientID == "" ||
			k.ClientSecret == "" {
			t.Fatalf("accepted HTTP %d %s", status, body)
		}
		if raw, err := json.Marshal(k); err != nil ||
			len(k.ClientSecret) > 30 && strings.Contains(string(raw), k.ClientSecret.Reveal()) {
			t.Errorf("JSON: %s, %v", raw, err)
		}
		if s := fmt.Sprintf("%+v", k); strings.ContainsAny(s, "\n\r\x1b\x00") {
			t.Errorf("printed %q", s)
		}
	})
}
