package sandbox

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"

	"jetpack-start/internal/sleep"
)

// Handler returns a handler that serves the API, for tests that don't need Run.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// serve handles any request.
func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	entry := s.newLogEntry(r)
	w.Header().Set("X-Jetpack-Request-Id", entry.RequestID)

	e, vars, allowed := findEndpoint(r)
	x := s.readRequest(w, r, e, vars)
	entry.Query, entry.Fields = redact(x.query), redact(x.fields)
	if x.bearer != "" {
		entry.Bearer = redacted
	}
	if e == nil {
		s.send(w, endpointMissing(r, allowed).response(errorStyleOf(r.URL.Path)), entry)
		return
	}
	entry.Call = e.name
	s.countCall(e.name)

	var f fault
	if !e.isControl() {
		f = s.faults.take(e.name)
		entry.Fault = f.spec
		if latency := s.cfg.Latency + f.latency; latency > 0 {
			_ = sleep.Context(r.Context(), latency)
		}
	}
	s.respond(w, r, x, f, entry)
}

// respond calls the handler of the endpoint, unless f prevents that, and sends its response as f
// changes it.
func (s *Server) respond(
	w http.ResponseWriter, r *http.Request, x *exchange, f fault, entry *logEntry,
) {
	var resp response
	if f.skipsHandler {
		resp = f.response(x.endpoint, s.cfg.Now())
	} else {
		resp = s.handle(r, x)
		entry.Effect = x.effect
		resp = f.alter(resp, x.endpoint)
	}
	switch f.delivery {
	case deliverNever:
		<-r.Context().Done()
		s.log.write(entry)
		panic(http.ErrAbortHandler)
	case deliverCut:
		s.log.write(entry)
		panic(http.ErrAbortHandler)
	case deliverPartly:
		entry.Status = resp.status
		s.log.write(entry)
		resp.writeHeader(w)
		_, _ = w.Write(resp.body[:len(resp.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	default:
		s.send(w, resp, entry)
	}
}

// send logs the request and sends the response, in this order: a test that has the response must
// find the request in the log.
func (s *Server) send(w http.ResponseWriter, resp response, entry *logEntry) {
	entry.Status = resp.status
	s.log.write(entry)
	resp.write(w)
}

// handle handles the call as if no fault were set.
func (s *Server) handle(r *http.Request, x *exchange) response {
	result, err := s.callHandler(r, x)
	var resp response
	var apiErr *apiError
	switch {
	case errors.As(err, &apiErr):
		resp = apiErr.response(x.endpoint.errorStyle())
	case err != nil:
		apiErr = &apiError{
			status:  http.StatusInternalServerError,
			code:    "sandbox_error",
			message: err.Error(),
		}
		resp = apiErr.response(x.endpoint.errorStyle())
	default:
		resp = okResponse(result)
	}
	if isTrue(x.query["http_envelope"]) {
		resp = envelope(resp)
	}
	if isTrue(x.query["pretty"]) {
		resp.body = indentJSON(resp.body)
	}
	return resp
}

// callHandler checks the request and calls the handler of the endpoint.
func (s *Server) callHandler(r *http.Request, x *exchange) (any, error) {
	if err := checkHost(r); err != nil {
		return nil, err
	}
	if err := s.authorize(x); err != nil {
		return nil, err
	}
	if x.problem != nil {
		return nil, x.problem
	}
	return x.endpoint.handle(s, x)
}

// commit saves the state and marks the call as one that changed it. Handlers call it after each
// change, holding s.mu.
func (s *Server) commit(x *exchange) error {
	x.effect = true
	return s.save()
}

// endpointMissing returns the error for a request that no endpoint matches. Allowed holds the
// methods that the path allows.
func endpointMissing(r *http.Request, allowed []string) *apiError {
	if len(allowed) > 0 {
		methods := strings.Join(allowed, ", ")
		return &apiError{
			status:  http.StatusMethodNotAllowed,
			code:    "method_not_allowed",
			message: fmt.Sprintf("%s is not allowed here, only %s", r.Method, methods),
			header:  http.Header{"Allow": {methods}},
		}
	}
	return &apiError{
		status:  http.StatusNotFound,
		code:    "unknown_endpoint",
		message: fmt.Sprintf("The API has no %s", r.URL.Path),
	}
}

// checkHost returns an error if the Host header is neither the API's host nor the address that the
// request was sent to. The real API's proxies would reject any other host.
func checkHost(r *http.Request) error {
	if strings.EqualFold(r.Host, apiHost) {
		return nil
	}
	host, port, err := net.SplitHostPort(r.Host)
	local, ok := r.Context().Value(http.LocalAddrContextKey).(net.Addr)
	if err == nil && ok && isLoopback(host) && strings.HasSuffix(local.String(), ":"+port) {
		return nil
	}
	return &apiError{
		status: http.StatusMisdirectedRequest,
		code:   "wrong_host",
		message: fmt.Sprintf(
			"The Host header is %q; it must be %s or the address that the sandbox listens on",
			r.Host, apiHost,
		),
	}
}
