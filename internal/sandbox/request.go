package sandbox

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
)

// read takes the whole request in, so that it can be logged and so that a hung
// one notices when its client leaves. What is wrong with it is kept for later:
// a bad token is reported first, as the API does.
func (s *Server) read(
	w http.ResponseWriter, r *http.Request, c *call, vars map[string]string,
) *exchange {
	x := &exchange{ctx: r.Context(), call: c, base: s.baseURL(r), vars: vars}
	if scheme, token, ok := strings.Cut(r.Header.Get("Authorization"), " "); ok &&
		strings.EqualFold(scheme, "Bearer") {
		x.bearer = strings.TrimSpace(token)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		x.problem = unreadable(err)
	}
	if c == nil {
		return x
	}
	query, err := flatten(r.URL.RawQuery)
	x.query = query
	if err == nil {
		err = onlyKnown("query parameter", query, c.query)
	}
	if err != nil && x.problem == nil {
		x.problem = invalidInput(c, "%s", err)
	}
	if x.problem == nil {
		x.problem = x.readBody(r.Header.Get("Content-Type"), body)
	}
	return x
}

func unreadable(err error) *apiError {
	var tooLarge *http.MaxBytesError
	if errors.As(err, &tooLarge) {
		return &apiError{
			status:  http.StatusRequestEntityTooLarge,
			code:    "request_too_large",
			message: fmt.Sprintf("The body is larger than %d bytes", maxBody),
		}
	}
	return &apiError{
		status:  http.StatusBadRequest,
		code:    "invalid_input",
		message: "The body broke off",
	}
}

// invalidInput is a refusal in the words of the call's part of the API.
func invalidInput(c *call, format string, args ...any) *apiError {
	code := "invalid_input"
	switch c.style {
	case styleOAuth:
		code = "invalid_request"
	case styleLicensing:
		code = "rest_invalid_param"
	}
	return &apiError{
		status:  http.StatusBadRequest,
		code:    code,
		message: fmt.Sprintf(format, args...),
	}
}

func (x *exchange) readBody(contentType string, body []byte) *apiError {
	if x.call.body == bodyText {
		x.text = string(body)
		return nil
	}
	kind, media, params := kindOf(contentType, body)
	if x.call.body&kind == 0 {
		if kind == bodyNone {
			return invalidInput(x.call, "The body is missing: send %s", x.call.body)
		}
		return invalidInput(x.call, "The body is %s: send %s", media, x.call.body)
	}
	var err error
	switch kind {
	case bodyMultipart:
		x.fields, err = readMultipart(body, params["boundary"])
	case bodyURLEncoded:
		x.fields, err = flatten(string(body))
	case bodyJSON:
		x.fields, err = readObject(body)
	}
	if err == nil {
		err = onlyKnown("field", x.fields, x.call.fields)
	}
	if err != nil {
		return invalidInput(x.call, "%s", err)
	}
	return nil
}

func onlyKnown(what string, have map[string]string, known []string) error {
	var unknown []string
	for name := range have {
		if !slices.Contains(known, name) {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	slices.Sort(unknown)
	return fmt.Errorf("unknown %s %q", what, strings.Join(unknown, ", "))
}

// baseURL is where this sandbox is reached: the Host header may say
// public-api.wordpress.com, which is no use in a next_url.
func (s *Server) baseURL(r *http.Request) string {
	s.mu.Lock()
	base := s.base
	s.mu.Unlock()
	if base != "" {
		return base
	}
	scheme, host := "http://", r.Host
	if r.TLS != nil {
		scheme = "https://"
	}
	if local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
		host = local.String()
	}
	return scheme + host
}
