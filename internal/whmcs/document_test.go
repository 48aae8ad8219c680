package whmcs

import (
	"fmt"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	d, err := Parse(
		[]byte(
			`{"protocol":1,"database":{"host":" db.example ","port":3307,"socket":"/run/s","user":"u","name":"n","password":" p w ","tls_ca":"/ca.pem","x":1},
		"params":{"serviceid":"12","addonId":0,"orderid":77,"pid":"5","qty":"2","domain":" example.com ","status":"Active","configoption1":" tok ",
		"configoption2":"jetpack-scan", "configoption4":"on", "configoption5":7,
		"configoption6":"detach", "license_key":" none ", "more":[1]}}`,
		),
	)
	want := Document{
		HasService: true,
		Service: Service{
			Related: "service:12", ServiceID: 12, OrderID: 77, HasOrder: true, ProductID: 5,
			Quantity: 2, Domain: "example.com", Status: "Active",
			Token: "tok", Product: "jetpack-scan", AttachToSite: true, SiteUser: "7",
			WhenSuspended: "detach", Property: "none",
		},
		Database: Database{
			Host:     "db.example",
			Port:     "3307",
			Socket:   "/run/s",
			User:     "u",
			Name:     "n",
			Password: " p w ",
			TLSCA:    "/ca.pem",
		},
	}
	if err != nil || d != want {
		t.Errorf("%+v, %v", d.Service, err)
	}
	if text := fmt.Sprintf("%v %+v", d, d); strings.Contains(text, "p w") ||
		strings.Contains(text, "tok") ||
		strings.Contains(text, "none") {
		t.Errorf("a secret is printed: %s", text)
	}
}

func TestParseService(t *testing.T) {
	for params, want := range map[string]Service{
		`{"serviceid":12}`: {
			Related: "service:12", ServiceID: 12,
		},
		`{"serviceid":12,"addonId":null}`: {
			Related: "service:12", ServiceID: 12,
		},
		`{"serviceid":12,"addonId":""}`: {
			Related: "service:12", ServiceID: 12,
		},
		`{"serviceid":12,"addonId":"4"}`: {
			Related: "addon:4", ServiceID: 12,
		},
		`{"addonId":4}`: {Related: "addon:4"},
		`{"serviceid":12,"qty":""}`: {
			Related: "service:12", ServiceID: 12,
		},
		`{"serviceid":12,"configoption1":null}`: {
			Related: "service:12", ServiceID: 12,
		},
		`{"serviceid":12,"configoption1":"` + tokenPlaceholder + ` "}`: {Related: "service:12", ServiceID: 12},
		`{"serviceid":12,"configoption1":["tok"],"domain":{"a":1}}`: {
			Related: "service:12", ServiceID: 12,
		},
		`{"serviceid":9007199254740993}`: {
			Related: "service:9007199254740993", ServiceID: 9007199254740993,
		},
	} {
		d, err := Parse([]byte(`{"protocol":1,"params":` + params + `}`))
		if err != nil || d.Service != want || !d.HasService {
			t.Errorf("%s: %+v, %v", params, d.Service, err)
		}
	}
}

func TestParseSwitch(t *testing.T) {
	for value, want := range map[string]bool{
		`"on"`: true, `"On"`: true, `"yes"`: true, `"1"`: true, `1`: true, `true`: true,
		`"true"`: true,
		`""`:     false, `"off"`: false, `"no"`: false, `"0"`: false, `0`: false, `false`: false,
		`"False"`: false, `null`: false, `[]`: false, `" "`: false,
	} {
		d, err := Parse(
			[]byte(`{"protocol":1,"params":{"serviceid":1,"configoption4":` + value + `}}`),
		)
		if err != nil || d.Service.AttachToSite != want {
			t.Errorf("%s: %v, %v", value, d.Service.AttachToSite, err)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                                      "not a JSON object",
		"null":                                  "not a JSON object",
		"[{}]":                                  "not a JSON object",
		`{"protocol":1} {}`:                     "not a JSON object",
		`{"protocol":1`:                         "not a JSON object",
		`{}`:                                    "protocol 0",
		`{"protocol":2}`:                        "protocol 2",
		`{"protocol":1,"params":{}}`:            "serviceid is missing",
		`{"protocol":1,"params":[]}`:            "serviceid is missing",
		`{"protocol":1,"params":"s3c"}`:         "serviceid is missing",
		strings.Repeat(" ", MaxDocument) + `{}`: "longer than",
		`{"protocol":1,"params":{"serviceid":"s3c"}}`:                "serviceid",
		`{"protocol":1,"params":{"serviceid":"12; DROP"}}`:           "serviceid",
		`{"protocol":1,"params":{"serviceid":1e3}}`:                  "serviceid",
		`{"protocol":1,"params":{"serviceid":"012"}}`:                "serviceid",
		`{"protocol":1,"params":{"serviceid":"+12"}}`:                "serviceid",
		`{"protocol":1,"params":{"serviceid":-1}}`:                   "serviceid",
		`{"protocol":1,"params":{"serviceid":"true"}}`:               "serviceid",
		`{"protocol":1,"params":{"serviceid":1,"pid":1.0}}`:          "pid",
		`{"protocol":1,"params":{"serviceid":1,"orderid":"7 7"}}`:    "orderid",
		`{"protocol":1,"params":{"serviceid":18446744073709551616}}`: "serviceid",
	} {
		_, err := Parse([]byte(text))
		if err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "s3c") {
			t.Errorf("%.80s: %v, want %q", text, err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(
		[]byte(
			`{"protocol":1,"params":{"serviceid":12,"domain":"example.com"},"database":{"host":"localhost:/run/s"}}`,
		),
	)
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := Parse(text)
		if err == nil && d.HasService &&
			(d.Service.Related == "" || d.Service.OrderID < 0 || d.Service.Quantity < 0) {
			t.Errorf("%+v", d.Service)
		}
		if at, err := siteOf(d.Service.Domain); err == nil &&
			!strings.HasPrefix(at.URL, "https://") {
			t.Errorf("%+v", at)
		}
		d.Database.connector()
	})
}
