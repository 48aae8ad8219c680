package jetpack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

func TestLicenseAnswers(t *testing.T) {
	at := time.Date(2020, 9, 8, 16, 14, 58, 0, time.UTC)
	for body, want := range map[string]License{
		issuedJSON: {ID: 1, Key: testKey, IssuedAt: at, IssuedAtText: "2020-09-08 16:14:58"},
		revokedJSON: {
			ID: 1, Key: testKey, IssuedAt: at, IssuedAtText: "2020-09-08 16:14:58",
			RevokedAt:     at.AddDate(0, 1, 0).Add(-2 * time.Hour),
			RevokedAtText: "2020-10-08T16:14:58+02:00",
		},
		`{"license_id":"12","license_key":"k","issued_at":"2020-09-08T16:14:58.5Z","blog_id":"7","siteurl":"https:\/\/e.org"}`: {
			ID: 12, Key: "k", IssuedAt: at.Add(time.Second / 2),
			IssuedAtText: "2020-09-08T16:14:58.5Z", BlogID: 7, Site: "https://e.org",
		},
		`{"license_key":"k","issued_at":"yesterday","revoked_at":false,"site":"e.org"}`: {Key: "k", IssuedAtText: "yesterday", Site: "e.org"},
		`{"license_key":"k","issued_at":1599581698,"revoked_at":""}`:                    {Key: "k", IssuedAtText: "1599581698"},
		`{"license_id":1,"license_key":null}`:                                           {},
		`{"license_id":1,"license_key":"a\u0000"}`:                                      {},
		`{"license_id":1,"license_key":7}`:                                              {},
	} {
		a := newAPI(t, respond(200, body))
		l, _ := a.licensing(t, func(cfg *Config) { cfg.RetryFor = -1 })
		got, err := l.License(t.Context(), testKey)
		if want.Key == "" {
			if e := asError(t, err); e.Code != CodeInvalidAnswer || e.Lost() || got.Raw != nil {
				t.Errorf("%s: %+v", body, e)
			}
			continue
		}
		if err != nil || string(got.Raw) != body {
			t.Errorf("%s: %v", body, err)
		}
		got.Raw = nil
		if fmt.Sprintf("%+v", license(got)) != fmt.Sprintf("%+v", license(want)) ||
			got.Revoked() != (want.RevokedAtText != "") {
			t.Errorf("%s: got %+v, want %+v", body, license(got), license(want))
		}
	}
}

// license is a License without its methods, so that all of it is printed.
type license License

func TestProductOf(t *testing.T) {
	for key, slug := range map[string]string{
		testKey: "jetpack-scan",
		"jetpack_backup_t1_WZjtE12wYc2wBuIM4nIVsxbIr": "jetpack_backup_t1",
		"a_" + strings.Repeat("x", 25):                "a",
		"a_" + strings.Repeat("x", 24):                "",
		"a_" + strings.Repeat("x", 26):                "",
		"_" + strings.Repeat("x", 25):                 "",
		strings.Repeat("x", 25):                       "",
		"a_" + strings.Repeat("x", 24) + "\n":         "",
		"a_" + strings.Repeat("x", 23) + "é":          "",
		"":                                            "",
	} {
		if got, ok := ProductOf(key); got != slug || ok != (slug != "") {
			t.Errorf("%q: got %q, %v", key, got, ok)
		}
	}
}

func TestLicensesAndKeysPrintNoSecret(t *testing.T) {
	l, err := NewLicensing(Config{LicensingToken: testBearer})
	if err != nil {
		t.Fatal(err)
	}
	lic := License{ID: 3, Key: testKey, Raw: []byte(issuedJSON)}
	key := PartnerKey{ID: 4, ClientID: "5", ClientSecret: "c1ient-s3cret", Raw: keyJSON}
	for _, v := range []any{
		l, lic, &lic,
		[]License{lic},
		key, &key,
		struct{ K PartnerKey }{key},
		Config{LicensingToken: testBearer},
	} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
			noSecrets(t, verb, fmt.Sprintf(verb, v))
			if got := fmt.Sprintf(verb, v); strings.Contains(got, fmt.Sprintf("%x", testKey)) {
				t.Errorf("%s: %s", verb, got)
			}
		}
	}
	var b bytes.Buffer
	slog.New(slog.NewJSONHandler(&b, nil)).Info("m", "license", lic, "key", key)
	slog.New(slog.NewTextHandler(&b, nil)).Info("m", "license", lic, "key", key)
	noSecrets(t, "slog", b.String())
	raw, err := json.Marshal(key)
	if noSecrets(t, "JSON", string(raw)); err != nil {
		t.Error(err)
	}
	want := "jetpack.License(3 jetpack-scan) " +
		"jetpack.Licensing(https://public-api.wordpress.com)"
	if got := fmt.Sprint(lic, l); got != want {
		t.Errorf("got %s", got)
	}
}
