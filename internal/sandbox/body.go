package sandbox

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/url"
	"strings"
)

// bodyKind is a set of kinds of request body.
type bodyKind int

const (
	bodyNone bodyKind = 1 << iota
	bodyMultipart
	bodyURLEncoded
	bodyJSON
	bodyText // any content type; handed to the handler as it is

	bodyForm = bodyMultipart | bodyURLEncoded
)

// detectBody returns the kind of a body, and the media type and the parameters of its content
// type. The kind is 0 if the media type isn't supported.
func detectBody(
	contentType string, body []byte,
) (kind bodyKind, media string, params map[string]string) {
	if len(body) == 0 {
		return bodyNone, "", nil
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return 0, "of an unknown type", nil
	}
	kinds := map[string]bodyKind{
		"multipart/form-data":               bodyMultipart,
		"application/x-www-form-urlencoded": bodyURLEncoded,
		"application/json":                  bodyJSON,
	}
	return kinds[media], media, params
}

// String returns the kinds in the set, joined with " or ".
func (k bodyKind) String() string {
	var names []string
	for _, n := range []struct {
		kind bodyKind
		name string
	}{
		{bodyMultipart, "multipart/form-data"},
		{bodyURLEncoded, "application/x-www-form-urlencoded"},
		{bodyJSON, "application/json"},
		{bodyNone, "no body"},
	} {
		if k&n.kind != 0 {
			names = append(names, n.name)
		}
	}
	return strings.Join(names, " or ")
}

// parseMultipart returns the fields of a multipart/form-data body. Files, repeated fields and
// unnamed parts are errors.
func parseMultipart(body []byte, boundary string) (map[string]string, error) {
	if boundary == "" {
		return nil, errors.New("the multipart body has no boundary")
	}
	// The standard library accepts some truncated bodies.
	if !bytes.Contains(body, []byte("--"+boundary+"--")) {
		return nil, errors.New("the multipart body is malformed: its last boundary is missing")
	}
	fields := map[string]string{}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		// NextRawPart, unlike NextPart, ignores Content-Transfer-Encoding.
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return fields, nil
		}
		if err != nil {
			return fields, fmt.Errorf("the multipart body is malformed: %w", err)
		}
		name := part.FormName()
		value, err := io.ReadAll(part)
		if err != nil {
			return fields, fmt.Errorf("the multipart body is malformed: %w", err)
		}
		if name == "" {
			return fields, errors.New("a part of the multipart body has no name")
		}
		if part.FileName() != "" {
			return fields, fmt.Errorf("the field %q is a file; the API takes text", name)
		}
		if _, repeated := fields[name]; repeated {
			return fields, fmt.Errorf("the field %q is repeated", name)
		}
		fields[name] = string(value)
	}
}

// parseQuery returns the parameters of a query or of an urlencoded form. A repeated parameter is
// an error.
func parseQuery(raw string) (map[string]string, error) {
	params := map[string]string{}
	values, err := url.ParseQuery(raw)
	for name, all := range values {
		params[name] = all[0]
		if len(all) > 1 && err == nil {
			err = fmt.Errorf("%q is repeated", name)
		}
	}
	return params, err
}

// parseJSON returns the members of a flat JSON object, which must be strings or numbers. A number
// is returned as its text. A repeated member is an error.
func parseJSON(body []byte) (map[string]string, error) {
	fields := map[string]string{}
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.UseNumber()
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return fields, errors.New("the body is not a JSON object")
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return fields, fmt.Errorf("the body is not JSON: %w", err)
		}
		value, err := dec.Token()
		if err != nil {
			return fields, fmt.Errorf("the body is not JSON: %w", err)
		}
		name := fmt.Sprint(key)
		if _, repeated := fields[name]; repeated {
			return fields, fmt.Errorf("%q is repeated", name)
		}
		switch v := value.(type) {
		case string:
			fields[name] = v
		case json.Number:
			fields[name] = v.String()
		default:
			return fields, fmt.Errorf("%q is neither a string nor a number", name)
		}
	}
	if _, err := dec.Token(); err != nil {
		return fields, fmt.Errorf("the body is not JSON: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return fields, errors.New("the JSON object is followed by more data")
	}
	return fields, nil
}
