package jetpack

import (
	"fmt"
	"io"
	"log/slog"
)

// redacted is what every printed form of a non-empty secret says.
const redacted = "[redacted]"

// Secret is a string that must not be printed: a partner secret, a token, a password. Every way of
// formatting it (all verbs of fmt, JSON, text, log/slog) gives "[redacted]"; an empty one stays
// empty, so that "not given" can still be told from "given". Only Reveal gives the value.
type Secret string

// Reveal gives the secret itself, for the one place that has to send or store it.
func (s Secret) Reveal() string { return string(s) }

// String gives "[redacted]", or "" when the secret is empty.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return redacted
}

// GoString gives what String gives: %#v is used in debug dumps too.
func (s Secret) GoString() string { return s.String() }

// Format writes what String gives for any verb and any flag; fmt would otherwise print the value
// for %x or %q.
func (s Secret) Format(f fmt.State, _ rune) { io.WriteString(f, s.String()) }

// MarshalJSON gives "[redacted]" as a JSON string, or "".
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// MarshalText gives what String gives, for encoders that write text. (As a key of a JSON object a
// Secret would be written out: encoding/json doesn't ask a string's methods there.)
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// LogValue gives what String gives to log/slog.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }
