package jetpack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretIsNeverPrinted(t *testing.T) {
	type holder struct {
		Pass Secret
		Keys map[string]Secret
		Ptr  *Secret
	}
	s := Secret("hunter2")
	values := []any{
		s,
		&s,
		[]Secret{s},
		holder{s, map[string]Secret{"k": s}, &s},
		&holder{Pass: s},
		testRequest(),
		Field{"ssh_pass", "hunter2", true},
	}
	for _, v := range values {
		for _, verb := range []string{
			"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%20s", "%-5v", "% x", "%#q", "%t",
		} {
			got := fmt.Sprintf(verb, v)
			if strings.Contains(got, "hunter2") ||
				strings.Contains(strings.ToLower(got), "68756e74") {
				t.Errorf("%s of %T prints the secret: %s", verb, v, got)
			}
		}
		for _, newHandler := range []func(*bytes.Buffer) slog.Handler{
			func(b *bytes.Buffer) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *bytes.Buffer) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b bytes.Buffer
			slog.New(newHandler(&b)).Info("m", "v", v)
			if strings.Contains(b.String(), "hunter2") {
				t.Errorf("slog of %T prints the secret: %s", v, b.String())
			}
		}
		raw, err := json.Marshal(v)
		if err != nil || bytes.Contains(raw, []byte("hunter2")) {
			t.Errorf("JSON of %T: %s, %v", v, raw, err)
		}
	}
	if s.Reveal() != "hunter2" || s.String() != redacted || s.GoString() != redacted {
		t.Error("Reveal, String or GoString is off")
	}
}

func TestEmptySecretStaysEmpty(t *testing.T) {
	raw, _ := json.Marshal(map[string]Secret{"a": "", "b": "x"})
	var none Secret
	if got := fmt.Sprintf("%v|%s|%q|%#v", none, none, none, none); got != "|||" {
		t.Errorf("got %q", got)
	}
	if string(raw) != `{"a":"","b":"[redacted]"}` {
		t.Errorf("got %s", raw)
	}
	if got := Secret("").LogValue().String(); got != "" {
		t.Errorf("got %q", got)
	}
}
