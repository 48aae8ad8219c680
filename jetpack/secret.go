package jetpack

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is the printed form of a secret.
const redacted = "[redacted]"

// Secret is a string that must not be printed: a partner secret, a token, a password. However it
// is formatted (all verbs of fmt, JSON, text, log/slog), the result is "[redacted]", or "" if the
// secret is empty. Only Reveal returns the value.
type Secret string

// Reveal returns the secret itself, for the place that must send or store it.
func (s Secret) Reveal() string { return string(s) }

// String returns "[redacted]", or "" if the secret is empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString returns what String returns, for %#v.
func (s Secret) GoString() string { return s.String() }

// Format writes what String returns for any verb and flag. Without it, fmt would print the value
// for %x and %q.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalJSON returns what String returns, as a JSON string.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// MarshalText returns what String returns. Don't use a Secret as the key of a map: encoding/json
// writes keys that are strings without calling their methods.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue returns what String returns.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
