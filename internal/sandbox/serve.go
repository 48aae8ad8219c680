package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"
)

// exchange is one request on its way through the sandbox.
type exchange struct {
	ctx     context.Context
	call    *call
	base    string // of next_url
	vars    map[string]string
	query   map[string]string
	fields  map[string]string
	text    string // the body of the endpoint that takes plain text
	problem *apiError
	bearer  string
	partner *partner // nil where a licensing token, or none, was given
	owner   string   // whose licenses this token manages
	effect  bool     // the call changed what the sandbox keeps
}

// changed is to be called by a handler, under the lock, when it changed state.
func (s *Server) changed(x *exchange) error {
	x.effect = true
	return s.save()
}

// Handler serves the API without listening: for tests inside one process.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

func (s *Server) serve(w http.ResponseWriter, r *http.Request) {
	entry := s.begin(r)
	w.Header().Set("X-Jetpack-Request-Id", entry.RequestID)

	found, vars, allowed := s.match(r)
	x := s.read(w, r, found, vars)
	entry.Query, entry.Fields = redact(x.query), redact(x.fields)
	if x.bearer != "" {
		entry.Bearer = redacted
	}
	style := styleFor(r.URL.Path)
	if found == nil {
		rep := noCall(r, allowed).reply(style)
		s.send(w, rep, entry)
		return
	}
	entry.Call = found.name
	s.count(found.name)

	var f fault
	if !found.control() {
		f = s.faults.take(found.name)
		entry.Fault = f.spec
		sleep(r.Context(), s.cfg.Latency+f.latency)
	}
	s.answer(w, r, x, f, entry)
}

// answer carries the call out, unless a fault comes before, and sends what the fault leaves of it.
func (s *Server) answer(
	w http.ResponseWriter, r *http.Request, x *exchange, f fault, entry *logEntry,
) {
	var rep reply
	if f.before {
		rep = f.reply(x.call, s.cfg.Now())
	} else {
		rep = s.carryOut(r, x)
		entry.Effect = x.effect
		rep = f.spoil(rep, x.call)
	}
	switch f.way {
	case wayHang:
		<-r.Context().Done()
		s.log.write(entry)
		panic(http.ErrAbortHandler)
	case wayCut:
		s.log.write(entry)
		panic(http.ErrAbortHandler)
	case wayTruncate:
		entry.Status = rep.status
		s.log.write(entry)
		rep.start(w)
		_, _ = w.Write(rep.body[:len(rep.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	default:
		s.send(w, rep, entry)
	}
}

// send logs first: a test that has its answer must find the line.
func (s *Server) send(w http.ResponseWriter, rep reply, entry *logEntry) {
	entry.Status = rep.status
	s.log.write(entry)
	rep.send(w)
}

// carryOut is the call as it is without faults.
func (s *Server) carryOut(r *http.Request, x *exchange) reply {
	result, err := s.result(r, x)
	var rep reply
	var no *apiError
	switch {
	case errors.As(err, &no):
		rep = no.reply(x.call.style)
	case err != nil:
		rep = (&apiError{status: http.StatusInternalServerError, code: "sandbox_error", message: err.Error()}).reply(
			x.call.style,
		)
	default:
		rep = okReply(result)
	}
	if isTrue(x.query["http_envelope"]) {
		rep = envelope(rep)
	}
	if isTrue(x.query["pretty"]) {
		rep.body = indent(rep.body)
	}
	return rep
}

func (s *Server) result(r *http.Request, x *exchange) (any, error) {
	if err := checkHost(r); err != nil {
		return nil, err
	}
	if err := s.authorize(x); err != nil {
		return nil, err
	}
	if x.problem != nil {
		return nil, x.problem
	}
	return x.call.handle(s, x)
}

func noCall(r *http.Request, allowed []string) *apiError {
	if len(allowed) > 0 {
		return &apiError{
			status: http.StatusMethodNotAllowed,
			code:   "method_not_allowed",
			message: fmt.Sprintf(
				"%s is not allowed here, only %s", r.Method, strings.Join(allowed, ", "),
			),
			header: http.Header{"Allow": {strings.Join(allowed, ", ")}},
		}
	}
	return &apiError{
		status:  http.StatusNotFound,
		code:    "unknown_endpoint",
		message: fmt.Sprintf("The API has no %s", r.URL.Path),
	}
}

func styleFor(path string) errorStyle {
	switch {
	case strings.HasPrefix(path, "/wpcom/v2/"):
		return styleLicensing
	case strings.HasPrefix(path, "/oauth2/"):
		return styleOAuth
	default:
		return styleStart
	}
}

// checkHost finds clients that send another name than the API's, which the
// real one's front would turn away.
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

func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}
