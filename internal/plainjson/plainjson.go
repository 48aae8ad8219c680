// Package plainjson encodes JSON without the HTML escapes of encoding/json, so that a URL can be
// copied out of it by hand.
package plainjson

import (
	"bytes"
	"encoding/json"
)

// Marshal returns v as JSON on one line, without a newline at its end.
func Marshal(v any) ([]byte, error) { return MarshalIndent(v, "") }

// MarshalIndent is Marshal with each member and element on a line of its own, indented with indent
// for each level. An empty indent keeps it on one line.
func MarshalIndent(v any, indent string) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", indent)
	err := encoder.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}
