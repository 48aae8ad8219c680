package jetpack

import (
	"context"
	"net/http"
)

// Revoke revokes a license for good. If the answer to a try is lost, Revoke looks at the license
// before it asks again, and once more when it gives up or is refused. If the license is revoked by
// then, Revoke returns it, as it was seen. For a license that was revoked before the first try,
// Revoke returns the API's own error.
//
// Errors are *Error. After one that is Lost, look with License again: the license wasn't seen to be
// revoked, or looking failed too.
func (l *Licensing) Revoke(ctx context.Context, key string) (License, error) {
	cl := queryCall("license-revoke", http.MethodDelete, key)
	if err := hideKey(cl, key); err != nil {
		return License{}, err
	}
	if err := l.prepare(cl); err != nil {
		return License{}, err
	}
	r := revocation{l: l, cl: cl, key: key}
	cl.read = func(p reply) (err error) {
		r.license, err = readLicense(p)
		return err
	}
	mayRepeat := func(e *Error) bool { return !r.blind && cl.mayRepeat(e) }
	err := r.settle(ctx, l.repeat(ctx, l.budget(), mayRepeat, r.try))
	if err != nil {
		if e := apiError(err); e != nil {
			e.Repeated = r.lost != nil && e != r.lost
		}
		return License{}, err
	}
	return r.license, nil
}

// revocation is a call of Revoke in progress.
type revocation struct {
	l       *Licensing
	cl      *call
	key     string
	license License
	lost    *Error // the error of the last try whose answer was lost
	blind   bool   // the API refuses to show the license
}

// try revokes the license, unless an earlier try did.
func (r *revocation) try(ctx context.Context) error {
	if r.lost != nil {
		switch revoked, err := r.look(ctx); {
		case revoked:
			return nil
		case err != nil:
			e := apiError(err)
			r.blind = e == nil || !(&call{}).mayRepeat(e)
			return r.lost
		}
	}
	err := r.l.try(ctx, r.cl, r.l.token)
	if e := apiError(err); e != nil && e.unanswered() {
		r.lost = e
	}
	return err
}

// settle looks at the license if the tries ended with err but one of them may have revoked it. It
// returns the error that remains.
func (r *revocation) settle(ctx context.Context, err error) error {
	if err == nil || r.lost == nil || r.blind || ctx.Err() != nil {
		return err
	}
	switch revoked, lookErr := r.look(ctx); {
	case revoked:
		return nil
	case lookErr != nil:
		return r.lost
	}
	return err
}

// look asks once for the license, and keeps it if it is revoked.
func (r *revocation) look(ctx context.Context) (revoked bool, err error) {
	cl := queryCall("license-show", http.MethodGet, r.key)
	if err := hideKey(cl, r.key); err != nil {
		return false, err
	}
	if err := r.l.prepare(cl); err != nil {
		return false, err
	}
	var seen License
	cl.read = func(p reply) (err error) {
		seen, err = readLicense(p)
		return err
	}
	if err := r.l.try(ctx, cl, r.l.token); err != nil || !seen.Revoked() {
		return false, err
	}
	r.license = seen
	return true, nil
}
