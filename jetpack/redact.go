package jetpack

import (
	"encoding/json"
	"errors"
	"strings"
)

// hide takes the known secrets out of an error's texts, should the other side have echoed one.
// Very short ones are left: they would be found everywhere, and hiding them would tell where they
// are.
func (e *Error) hide(known []Secret) {
	var secrets []string
	for _, s := range known {
		secrets = append(secrets, s.Reveal())
	}
	e.Code, e.Message, e.RequestID = without(
		e.Code, secrets,
	), without(
		e.Message,
		secrets,
	), without(e.RequestID, secrets)
	if e.Err != nil {
		// net/http quotes what a server sent that isn't HTTP.
		if said := e.Err.Error(); without(said, secrets) != said {
			e.Err = errors.New(without(said, secrets))
		}
	}
	var v any
	if e.Raw == nil || json.Unmarshal(e.Raw, &v) != nil {
		return
	}
	if clean, found := withoutIn(v, secrets); found {
		e.Raw, _ = json.Marshal(clean)
	}
}

func without(s string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) >= 4 {
			s = strings.ReplaceAll(s, secret, redacted)
		}
	}
	return s
}

// withoutIn is without for a decoded JSON value.
func withoutIn(v any, secrets []string) (clean any, found bool) {
	switch v := v.(type) {
	case string:
		s := without(v, secrets)
		return s, s != v
	case []any:
		for i := range v {
			var f bool
			v[i], f = withoutIn(v[i], secrets)
			found = found || f
		}
	case map[string]any:
		for k, member := range v {
			c, f := withoutIn(member, secrets)
			name := without(k, secrets)
			if name != k {
				delete(v, k)
			}
			v[name], found = c, found || f || name != k
		}
	}
	return v, found
}

// withoutUserinfo takes user and password out of URLs in an error's text: a proxy's can hold them.
func withoutUserinfo(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, "://")
		if i < 0 {
			return b.String() + s
		}
		b.WriteString(s[:i+3])
		s = s[i+3:]
		end := strings.IndexAny(s, " \"'\t\n")
		if end < 0 {
			end = len(s)
		}
		if at := strings.LastIndex(s[:end], "@"); at >= 0 {
			b.WriteString(redacted)
			s = s[at:]
		}
	}
}
