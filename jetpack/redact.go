package jetpack

import (
	"encoding/json"
	"errors"
	"strings"
)

// hide replaces the known secrets in the texts of an error, because a server may echo them. Secrets
// of less than 4 bytes stay: they would be found everywhere, and replacing them would reveal them.
func (e *Error) hide(known []Secret) {
	var secrets []string
	for _, s := range known {
		secrets = append(secrets, s.Reveal())
	}
	e.Code = without(e.Code, secrets)
	e.Message = without(e.Message, secrets)
	e.RequestID = without(e.RequestID, secrets)
	if e.Err != nil {
		// If a server sends something that isn't HTTP, net/http quotes it.
		if s := e.Err.Error(); without(s, secrets) != s {
			e.Err = errors.New(without(s, secrets))
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

// without returns s with the secrets replaced.
func without(s string, secrets []string) string {
	for _, secret := range secrets {
		if len(secret) >= 4 {
			s = strings.ReplaceAll(s, secret, redacted)
		}
	}
	return s
}

// withoutIn replaces the secrets in a decoded JSON value, and reports whether it found any.
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

// withoutUserinfo replaces user name and password in the URLs of an error's text. The URL of a
// proxy can hold them.
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
