package jetpack

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestProxyPasswordIsNotQuoted(t *testing.T) {
	for in, want := range map[string]string{
		`invalid proxy address "http://user:pa@ss@proxy:1": x`: `invalid proxy address "http://[redacted]@proxy:1": x`,
		"dial tcp 1.2.3.4:443":                                 `dial tcp 1.2.3.4:443`,
		"a http://b/c d@e https://u@f":                         `a http://b/c d@e https://[redacted]@f`,
	} {
		if got := withoutUserinfo(in); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

func TestEchoedSecretsAreTakenOutEverywhere(t *testing.T) {
	e := &Error{
		Code: "x-hunter2", RequestID: "hunter2", Err: errors.New("malformed hunter2"),
		Raw: []byte(`{"a":["hunter2",1],"hunter2":{"b":"hunter2"},"n":null}`),
	}
	e.hide([]Secret{"hunter2", "1"})
	if text := fmt.Sprint(e, e.Err, string(e.Raw)); strings.Contains(text, "hunter2") ||
		!strings.Contains(text, `"n":null`) {
		t.Errorf("got %s", text)
	}
	raw := []byte(`{"a" : 1.50}`)
	same := &Error{Raw: raw}
	if same.hide([]Secret{"hunter2"}); string(same.Raw) != `{"a" : 1.50}` {
		t.Errorf("got %s", same.Raw)
	}
}
