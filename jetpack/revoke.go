package jetpack

import (
	"context"
	"net/http"
)

// Revoke ends a license for good. When the answer to a try is lost, it looks at the license before
// it asks again, and once more when it gives up or is refused: one that is revoked by then is a
// success, and the License is what was seen. A license that was revoked before the first try gets
// the API's own error. Errors are *Error; after one that is Lost, look with License again: it
// wasn't seen to be revoked, or looking failed too.
func (l *Licensing) Revoke(ctx context.Context, key string) (License, error) {
	var revoked License
	cl := keyCall("license-revoke", http.MethodDelete, key)
	if e := about(cl, key, &revoked); e != nil {
		return License{}, e
	}
	if e := l.ready(cl); e != nil {
		return License{}, e
	}
	var lost *Error // the last try whose answer was
	blind := false  // whether looking is refused
	e := l.repeat(
		ctx,
		l.budget(),
		func(e *Error) bool { return !blind && cl.mayRepeat(e) },
		func(ctx context.Context) *Error {
			if lost != nil {
				is, e := l.look(ctx, key, &revoked)
				switch {
				case is:
					return nil
				case e != nil:
					blind = !(&call{}).mayRepeat(e)
					return lost
				}
			}
			e := l.try(ctx, cl, l.bearer)
			if e != nil && e.unanswered() {
				lost = e
			}
			return e
		},
	)
	if e != nil && lost != nil && !blind && ctx.Err() == nil {
		// The tries are used up, or the last one was refused, and what was lost may be why.
		switch is, looked := l.look(ctx, key, &revoked); {
		case is:
			e = nil
		case looked != nil:
			e = lost
		}
	}
	if e != nil {
		e.Repeated = lost != nil && e != lost
		return License{}, e
	}
	return revoked, nil
}

// look asks once whether a license is revoked, and gives it where it is.
func (l *Licensing) look(ctx context.Context, key string, into *License) (revoked bool, e *Error) {
	var seen License
	cl := keyCall("license-show", http.MethodGet, key)
	if e := about(cl, key, &seen); e != nil {
		return false, e
	}
	if e := l.ready(cl); e != nil {
		return false, e
	}
	if e := l.try(ctx, cl, l.bearer); e != nil || !seen.Revoked() {
		return false, e
	}
	*into = seen
	return true, nil
}
