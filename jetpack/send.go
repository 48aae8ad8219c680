package jetpack

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"sync/atomic"
	"time"
)

// maxBody is how many bytes of an answer are read at most. Real answers have a few hundred.
const maxBody = 1 << 20

var errTooLarge = errors.New("the answer is larger than 1 MiB")

// call is one call of the API, with all its tries.
type call struct {
	name    string // Error.Call
	method  string
	path    string // below the base URL
	shown   string // the path in the log, if path holds a secret
	query   url.Values
	fields  []Field
	json    map[string]any // the body, instead of fields: strings and json.Number
	hidden  []Secret       // to be taken out of errors, besides the secret fields and the token
	noToken bool
	once    bool              // must not be repeated once it may have arrived
	limited bool              // too_many_requests lasts an hour: don't repeat
	lost    bool              // the answer to some try was lost
	read    func(reply) error // reads every HTTP answer, good or not
}

// reply is an HTTP answer.
type reply struct {
	call      string
	status    int
	header    http.Header
	body      []byte
	readErr   error // why body isn't the whole answer
	requestID string
	wait      time.Duration // Retry-After
}

// send sends one request and reads the answer. It returns an *Error if there was no HTTP answer.
// what is the path and the names of the fields, for the log.
func (t *transport) send(req *http.Request, call, what string) (reply, error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	defer cancel()
	// The request may have been sent as soon as it got a connection. A RoundTripper that isn't of
	// net/http may not call the trace functions; then the request is taken to have been sent.
	var asked, got atomic.Bool
	req = req.WithContext(httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GetConn:      func(string) { asked.Store(true) },
		GotConn:      func(httptrace.GotConnInfo) { got.Store(true) },
		WroteHeaders: func() { got.Store(true) },
	}))
	if t.host != "" {
		req.Host = t.host
	}
	req.Header.Set("User-Agent", t.agent)
	req.Header.Set("Accept", "application/json")

	start := t.now()
	line := req.Method + " " + printable(what)
	resp, err := t.http.Do(req)
	if err != nil {
		sent := got.Load() || !asked.Load() && !t.traces
		e := noAnswer(call, sent, err)
		why := ""
		if !sent { // an error after that may quote the server, which can echo a secret
			why = ": " + printable(e.Message)
		}
		t.logf("%s: %s after %s%s", line, e.Code, took(t.now().Sub(start)), why)
		return reply{}, e
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxBody+1))
	if err == nil && len(body) > maxBody {
		err = errTooLarge
	}
	answer := reply{
		call: call, status: resp.StatusCode, header: resp.Header, body: body, readErr: err,
		requestID: requestID(resp.Header), wait: retryAfter(resp.Header, t.now()),
	}
	id := answer.requestID
	if id == "" {
		id = "none"
	}
	t.logf("%s: HTTP %d after %s, %d bytes, request ID %s",
		line, answer.status, took(t.now().Sub(start)), len(body), id)
	return answer, nil
}

// noAnswer returns the error for a request that got no HTTP answer. sent is true if the request
// may have been sent.
func noAnswer(call string, sent bool, err error) *Error {
	cause := err
	var ue *url.Error
	if errors.As(err, &ue) {
		cause = ue.Err // without the method and the URL
	}
	late := errors.Is(err, context.DeadlineExceeded) || timedOut(err)
	why := withoutUserinfo(cause.Error())
	switch {
	case errors.Is(err, context.Canceled):
		why = "interrupted"
	case late:
		why = "out of time"
	}
	e := &Error{Call: call, Err: cause}
	switch {
	case !sent:
		e.Code, e.Message = CodeUnreachable, "no connection: "+why
	case late:
		e.Code, e.Message = CodeTimeout, "no answer in time"
	default:
		e.Code, e.Message = CodeConnectionLost, "the connection ended before an answer: "+why
	}
	return e
}

// timedOut reports whether err is a timeout of package net or net/http.
func timedOut(err error) bool {
	var t interface{ Timeout() bool }
	return errors.As(err, &t) && t.Timeout()
}

// request returns the HTTP request of a call. Every try needs a new one.
func (t *transport) request(ctx context.Context, cl *call, tok Secret) (*http.Request, error) {
	body, contentType, err := cl.body()
	if err != nil {
		return nil, refusal(cl.name, err.Error(), err)
	}
	target := t.base + cl.path
	if len(cl.query) > 0 {
		target += "?" + cl.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, cl.method, target, body)
	if err != nil {
		return nil, refusal(cl.name, "the request can't be made", err)
	}
	if cl.once {
		// A RoundTripper may repeat a request by itself if it has no body or has GetBody. net/http
		// does so over HTTP/2, even for a POST, for as long as the server resets the stream.
		req.GetBody = nil
		if req.Body == nil {
			req.Body = io.NopCloser(strings.NewReader(""))
		}
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	if !cl.noToken {
		req.Header.Set("Authorization", "Bearer "+tok.Reveal())
	}
	return req, nil
}

func took(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
