package jetpack

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"mime/multipart"
	"slices"
	"strings"
	"unicode/utf8"
)

// body returns the body of a call and its content type, or nil and "" if it has none.
func (cl *call) body() (io.Reader, string, error) {
	switch {
	case len(cl.json) > 0:
		return jsonBody(cl.json)
	case len(cl.fields) > 0:
		return multipartForm(cl.fields)
	}
	return nil, "", nil
}

// jsonBody returns a JSON object. It returns an error for text that isn't UTF-8, which
// encoding/json would change, and for text with a NUL.
func jsonBody(members map[string]any) (io.Reader, string, error) {
	for _, name := range slices.Sorted(maps.Keys(members)) {
		s, _ := members[name].(string)
		switch {
		case strings.Contains(s, "\x00"):
			return nil, "", hasNUL(name)
		case !utf8.ValidString(s):
			return nil, "", fmt.Errorf("the field %s isn't UTF-8", name)
		}
	}
	raw, err := json.Marshal(members)
	return bytes.NewReader(raw), "application/json", err
}

// multipartForm returns the fields as multipart/form-data, which keeps every byte of a value, and
// its content type. It returns an error for a value with a NUL, because PHP and the shells in front
// of it would cut the value there.
func multipartForm(fields []Field) (io.Reader, string, error) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, f := range fields {
		if strings.Contains(f.Value, "\x00") {
			return nil, "", hasNUL(f.Name)
		}
		if err := w.WriteField(f.Name, f.Value); err != nil {
			return nil, "", err
		}
	}
	if err := w.Close(); err != nil {
		return nil, "", err
	}
	return bytes.NewReader(b.Bytes()), w.FormDataContentType(), nil
}

func hasNUL(field string) error { return fmt.Errorf("the field %s holds a NUL character", field) }

// logged returns the path and the names of what is sent, without values, for the log.
func (cl *call) logged() string {
	path := cl.shown
	if path == "" {
		path = cl.path
	}
	var names []string
	for _, f := range cl.fields {
		names = append(names, f.Name)
	}
	names = append(names, slices.Sorted(maps.Keys(cl.json))...)
	for _, name := range slices.Sorted(maps.Keys(cl.query)) {
		names = append(names, "?"+name)
	}
	if len(names) == 0 {
		return path
	}
	return path + " (" + strings.Join(names, ", ") + ")"
}

// secrets returns the secrets that must not appear in an error of the call, except the token.
func (cl *call) secrets() []Secret {
	known := slices.Clone(cl.hidden)
	for _, f := range cl.fields {
		if f.Secret {
			known = append(known, Secret(f.Value))
		}
	}
	return known
}
