package jetpack

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"sync/atomic"
	"time"
)

// maxBody is the most that is read of an answer, in bytes. Real ones are a few hundred.
const maxBody = 1 << 20

var errTooLarge = errors.New("the answer is larger than 1 MiB")

// call is one request of the API.
type call struct {
	name    string // Error.Call
	method  string
	path    string // from the base on
	shown   string // what the log says instead of the path, when that holds a secret
	query   url.Values
	fields  []Field
	json    map[string]any // the body, instead of fields; strings and json.Number
	hidden  []Secret       // to be taken out of errors besides the secret fields and the token
	noToken bool
	once    bool               // not to be repeated once it may have arrived
	limited bool               // too_many_requests stands for an hour: not repeated
	lost    bool               // the answer to some try was lost
	read    func(reply) *Error // takes the answer in; sees every HTTP answer, good or not
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

// send sends one request and reads the answer. An error means that no HTTP answer came. what is
// the path and the fields' names for the log.
func (t *transport) send(req *http.Request, call, what string) (reply, *Error) {
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	defer cancel()
	// What decides is whether a connection was handed to the request: from then on bytes may have
	// left. A RoundTripper that isn't net/http's may not trace at all, and is taken to have sent.
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
		if e.Code == CodeUnreachable { // after that the text can quote the other side, which can echo a secret
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
	rep := reply{
		call: call, status: resp.StatusCode, header: resp.Header, body: body, readErr: err,
		requestID: requestID(resp.Header), wait: retryAfter(resp.Header, t.now()),
	}
	id := rep.requestID
	if id == "" {
		id = "none"
	}
	t.logf(
		"%s: HTTP %d after %s, %d bytes, request ID %s", line, rep.status, took(t.now().Sub(start)),
		len(body), id,
	)
	return rep, nil
}

// noAnswer is the error for a request that got no HTTP answer.
func noAnswer(call string, sent bool, err error) *Error {
	cause := err
	var ue *url.Error
	if errors.As(err, &ue) {
		cause = ue.Err // the method and the URL that it adds are known
	}
	why := withoutUserinfo(cause.Error())
	var timed interface{ Timeout() bool }
	late := errors.Is(err, context.DeadlineExceeded) || errors.As(err, &timed) && timed.Timeout()
	switch {
	case errors.Is(err, context.Canceled):
		why = "interrupted"
	case late:
		why = "out of time"
	}
	e := &Error{
		Call:    call,
		Err:     cause,
		Code:    CodeConnectionLost,
		Message: "the connection ended before an answer: " + why,
	}
	switch {
	case !sent:
		e.Code, e.Message = CodeUnreachable, "no connection: "+why
	case late:
		e.Code, e.Message = CodeTimeout, "no answer in time"
	}
	return e
}

// request builds the request of a call. It is built anew for every try.
func (t *transport) request(ctx context.Context, cl *call, tok Secret) (*http.Request, *Error) {
	body, kind, err := cl.body()
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
		// Without it net/http can't send the body a second time by itself when a connection fails
		// under it.
		req.GetBody = nil
	}
	if kind != "" {
		req.Header.Set("Content-Type", kind)
	}
	if !cl.noToken {
		req.Header.Set("Authorization", "Bearer "+tok.Reveal())
	}
	return req, nil
}

func took(d time.Duration) time.Duration { return d.Round(time.Millisecond) }
