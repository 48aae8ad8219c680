package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
)

// exchange is a request to an endpoint, with what is known about it so far.
type exchange struct {
	ctx      context.Context
	endpoint *endpoint // nil if there is none for the request
	base     string    // the base URL of the default next_url
	vars     map[string]string
	query    map[string]string
	fields   map[string]string
	text     string    // the body, if it is of the kind bodyText
	problem  *apiError // set if the request is invalid
	bearer   string
	partner  *partner // nil without a partner's token
	owner    string   // whose licenses the token manages
	effect   bool     // whether the call changed the state
}

// readRequest reads the whole request, so that it can be logged, and so that its context is
// cancelled when the client disconnects. An invalid request isn't an error here but sets problem:
// the API reports a wrong token first.
func (s *Server) readRequest(
	w http.ResponseWriter, r *http.Request, e *endpoint, vars map[string]string,
) *exchange {
	x := &exchange{ctx: r.Context(), endpoint: e, base: s.baseURL(r), vars: vars}
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, "Bearer") {
		x.bearer = strings.TrimSpace(token)
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		x.problem = bodyError(err)
	}
	if e == nil {
		return x
	}
	query, err := parseQuery(r.URL.RawQuery)
	x.query = query
	if err == nil {
		err = checkNames("query parameter", query, e.query)
	}
	if err != nil && x.problem == nil {
		x.problem = invalidInput(e, "%s", err)
	}
	if x.problem == nil {
		x.problem = x.parseBody(r.Header.Get("Content-Type"), body)
	}
	return x
}

// bodyError returns the error for a body that couldn't be read.
func bodyError(err error) *apiError {
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
		message: "The body is incomplete",
	}
}

// parseBody sets x.fields or x.text. It returns an error if the endpoint doesn't allow the body.
func (x *exchange) parseBody(contentType string, body []byte) *apiError {
	allowed := x.endpoint.body
	if allowed == bodyText {
		x.text = string(body)
		return nil
	}
	kind, media, params := detectBody(contentType, body)
	if allowed&kind == 0 {
		if kind == bodyNone {
			return invalidInput(x.endpoint, "The body is missing: send %s", allowed)
		}
		return invalidInput(x.endpoint, "The body is %s: send %s", media, allowed)
	}
	var err error
	switch kind {
	case bodyMultipart:
		x.fields, err = parseMultipart(body, params["boundary"])
	case bodyURLEncoded:
		x.fields, err = parseQuery(string(body))
	case bodyJSON:
		x.fields, err = parseJSON(body)
	}
	if err == nil {
		err = checkNames("field", x.fields, x.endpoint.fields)
	}
	if err != nil {
		return invalidInput(x.endpoint, "%s", err)
	}
	return nil
}

// checkNames returns an error that lists the names in sent that aren't in known. What describes
// the names.
func checkNames(what string, sent map[string]string, known []string) error {
	var unknown []string
	for name := range sent {
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

// baseURL returns the URL at which this sandbox can be reached. The Host header can't be used: it
// may be public-api.wordpress.com.
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
