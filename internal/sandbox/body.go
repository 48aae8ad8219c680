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

// bodyKind is a set: what a call may be sent.
type bodyKind int

const (
	bodyNone bodyKind = 1 << iota
	bodyMultipart
	bodyURLEncoded
	bodyJSON
	bodyText // the control endpoint that takes faults: anything, unread

	bodyForm = bodyMultipart | bodyURLEncoded
)

func kindOf(
	contentType string, body []byte,
) (kind bodyKind, media string, params map[string]string) {
	if len(body) == 0 {
		return bodyNone, "", nil
	}
	media, params, err := mime.ParseMediaType(contentType)
	if err != nil {
		return 0, "of no known type", nil
	}
	kinds := map[string]bodyKind{
		"multipart/form-data":               bodyMultipart,
		"application/x-www-form-urlencoded": bodyURLEncoded,
		"application/json":                  bodyJSON,
	}
	return kinds[media], media, params
}

// String lists what is allowed, for messages.
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

func readMultipart(body []byte, boundary string) (map[string]string, error) {
	if boundary == "" {
		return nil, errors.New("the multipart body has no boundary")
	}
	// The reader takes some bodies that broke off for ones that ended.
	if !bytes.Contains(body, []byte("--"+boundary+"--")) {
		return nil, errors.New("the multipart body is malformed: its last boundary is missing")
	}
	fields := map[string]string{}
	parts := multipart.NewReader(bytes.NewReader(body), boundary)
	for {
		// NextRawPart: a part is what it is, whatever transfer encoding it names.
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
		if _, twice := fields[name]; twice {
			return fields, fmt.Errorf("the field %q is there twice", name)
		}
		fields[name] = string(value)
	}
}

// flatten reads a query or an urlencoded form in which nothing may be repeated.
func flatten(raw string) (map[string]string, error) {
	flat := map[string]string{}
	values, err := url.ParseQuery(raw)
	for name, all := range values {
		flat[name] = all[0]
		if len(all) > 1 && err == nil {
			err = fmt.Errorf("%q is there twice", name)
		}
	}
	return flat, err
}

// readObject reads a flat JSON object; numbers become their digits.
func readObject(body []byte) (map[string]string, error) {
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
		if _, twice := fields[name]; twice {
			return fields, fmt.Errorf("%q is there twice", name)
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
		return fields, errors.New("something follows the JSON object")
	}
	return fields, nil
}
