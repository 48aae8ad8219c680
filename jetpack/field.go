package jetpack

import (
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// Field is one form field of a request. A secret value isn't printed by fmt, encoding/json and
// log/slog.
type Field struct {
	Name, Value string
	Secret      bool // Value must not be shown
}

func (f Field) shown() string {
	if f.Secret {
		return Secret(f.Value).String()
	}
	return f.Value
}

// Format writes name=value for any verb.
func (f Field) Format(s fmt.State, _ rune) { io.WriteString(s, f.Name+"="+f.shown()) }

// MarshalJSON returns an object with the members Name, Value and Secret.
func (f Field) MarshalJSON() ([]byte, error) {
	type plain Field // without this method
	f.Value = f.shown()
	return json.Marshal(plain(f))
}

// LogValue returns name=value.
func (f Field) LogValue() slog.Value { return slog.StringValue(f.Name + "=" + f.shown()) }

// nonEmpty returns the fields that have a value.
func nonEmpty(fields []Field) []Field {
	return slices.DeleteFunc(fields, func(f Field) bool { return f.Value == "" })
}
