package jetpack

import (
	"context"
	"errors"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// budget is the time in which the tries of one call may start. Waiting is counted besides the
// clock, so that a clock that stands still can't make it endless.
type budget struct {
	t      *transport
	start  time.Time
	waited time.Duration
}

func (t *transport) budget() *budget { return &budget{t: t, start: t.now()} }

func (b *budget) left() time.Duration { return b.t.retryFor - max(b.t.now().Sub(b.start), b.waited) }

// do makes a call: gets a token, tries, repeats what may be repeated, and once more with a new
// token where the API doesn't take the one there is.
func (c *Client) do(ctx context.Context, cl *call) *Error {
	b := c.budget()
	cl.hidden = append(cl.hidden, c.secret)
	if cl.noToken {
		return c.tries(ctx, cl, "", b)
	}
	tok, err := c.token(ctx)
	if err != nil {
		return err
	}
	b.start = c.now() // the token's own time doesn't count
	err = c.tries(ctx, cl, tok, b)
	if err == nil || !err.tokenRefused() {
		return err
	}
	c.logf("%s: the token was refused (%s), getting another", cl.name, printable(err.Code))
	c.dropToken(tok)
	if tok, err = c.token(ctx); err != nil {
		return err
	}
	return c.tries(ctx, cl, tok, b)
}

// tries makes a call with one token.
func (t *transport) tries(ctx context.Context, cl *call, tok Secret, b *budget) *Error {
	return t.repeat(ctx, b, cl.mayRepeat, func(ctx context.Context) *Error {
		e := t.try(ctx, cl, tok)
		if e != nil {
			e.Repeated = cl.lost
			cl.lost = cl.lost || e.unanswered()
		}
		return e
	})
}

// try makes a call once.
func (t *transport) try(ctx context.Context, cl *call, tok Secret) *Error {
	req, e := t.request(ctx, cl, tok)
	if e == nil {
		var rep reply
		if rep, e = t.send(req, cl.name, cl.logged()); e == nil {
			e = cl.read(rep)
		}
	}
	if e != nil {
		e.hide(append(cl.secrets(), tok))
	}
	return e
}

// mayRepeat is the rule for repeats: a call that may cost money only when it can't have arrived or
// was turned away, any other whenever no good answer came.
func (cl *call) mayRepeat(e *Error) bool {
	switch {
	case e.Code == CodeUnreachable:
		return !e.hopeless()
	case e.refused():
		return !cl.limited || e.Code != codeTooMany
	}
	return !cl.once && e.unanswered()
}

// repeat runs attempt until it succeeds, may not be repeated, or the budget is used up; between
// tries it waits as long as the answer asked for, or ever longer.
func (t *transport) repeat(
	ctx context.Context,
	b *budget,
	may func(*Error) bool,
	attempt func(context.Context) *Error,
) *Error {
	pause := backoff.NewExponentialBackOff()
	pause.Multiplier = 2
	pause.MaxInterval = 8 * time.Second
	for {
		e := attempt(ctx)
		if e == nil || ctx.Err() != nil || !may(e) {
			return e
		}
		left, wait := b.left(), pause.NextBackOff()
		if e.RetryAfter > 0 {
			// The pause comes on top as jitter: many clients are told the same moment.
			wait = e.RetryAfter + min(wait, max(left-e.RetryAfter, 0))
		}
		if wait > left {
			return e
		}
		t.logf("%s: %s, trying again in %s", e.Call, printable(e.Code), took(wait))
		b.waited += wait
		if err := t.sleep(ctx, wait); err != nil {
			e.Err = errors.Join(err, e.Err)
			return e
		}
	}
}

// retryAfter reads Retry-After: seconds, or an HTTP date (RFC 9110). A date is measured against
// the answer's own Date where there is one: the two clocks may differ.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if strings.Trim(v, "0123456789") == "" {
		n, err := strconv.ParseInt(v, 10, 64)
		if err != nil || n > math.MaxInt32 {
			n = math.MaxInt32
		}
		return time.Duration(n) * time.Second
	}
	at, err := http.ParseTime(v)
	if err != nil {
		return 0
	}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	return max(at.Sub(now), 0)
}
