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

// budget is the time in which the tries of one call may start. It also adds up the pauses, so that
// a clock that stands still can't make it endless.
type budget struct {
	t      *transport
	start  time.Time
	waited time.Duration
}

func (t *transport) budget() *budget { return &budget{t: t, start: t.now()} }

func (b *budget) left() time.Duration {
	return b.t.retryFor - max(b.t.now().Sub(b.start), b.waited)
}

// caller makes calls: a Client or a Licensing.
type caller interface {
	// call makes a call, repeats it if it may be repeated, and has cl.read read each answer.
	call(ctx context.Context, cl *call) error
}

// do makes a call and returns what read made of the last answer, also beside an error.
func do[T any](ctx context.Context, c caller, cl *call, read func(reply) (T, error)) (T, error) {
	var result T
	cl.read = func(p reply) (err error) {
		result, err = read(p)
		return err
	}
	err := c.call(ctx, cl)
	return result, err
}

// tries makes a call with one token, and repeats it if it may be repeated.
func (t *transport) tries(ctx context.Context, cl *call, tok Secret, b *budget) error {
	return t.repeat(ctx, b, cl.mayRepeat, func(ctx context.Context) error {
		err := t.try(ctx, cl, tok)
		if e := apiError(err); e != nil {
			e.Repeated = cl.lost
			cl.lost = cl.lost || e.unanswered()
		}
		return err
	})
}

// try makes a call once.
func (t *transport) try(ctx context.Context, cl *call, tok Secret) error {
	err := t.tryOnce(ctx, cl, tok)
	if e := apiError(err); e != nil {
		e.hide(append(cl.secrets(), tok))
	}
	return err
}

func (t *transport) tryOnce(ctx context.Context, cl *call, tok Secret) error {
	req, err := t.request(ctx, cl, tok)
	if err != nil {
		return err
	}
	answer, err := t.send(req, cl.name, cl.logged())
	if err != nil {
		return err
	}
	return cl.read(answer)
}

// mayRepeat reports whether the call may be repeated after e. A call that may cost money is
// repeated only if it can't have arrived or was turned away, any other if no good answer came.
func (cl *call) mayRepeat(e *Error) bool {
	switch {
	case e.Code == CodeUnreachable:
		return !e.hopeless()
	case e.refused():
		return !cl.limited || e.Code != codeTooMany
	}
	return !cl.once && e.unanswered()
}

// repeat runs attempt until it succeeds, mayRepeat forbids another one, or the budget is used up.
// Between tries it waits as long as the answer asked for, otherwise with exponential backoff.
func (t *transport) repeat(
	ctx context.Context, b *budget,
	mayRepeat func(*Error) bool, attempt func(context.Context) error,
) error {
	pause := backoff.NewExponentialBackOff()
	pause.Multiplier = 2
	pause.MaxInterval = 8 * time.Second
	for {
		err := attempt(ctx)
		e := apiError(err)
		if e == nil || ctx.Err() != nil || !mayRepeat(e) {
			return err
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

// retryAfter returns the time that the Retry-After header asks to wait, which is in seconds or an
// HTTP date (RFC 9110), and 0 if there is none. A date is compared with the answer's own Date if
// there is one, because the two clocks may differ.
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
