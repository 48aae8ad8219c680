package provision

import (
	"context"
	"errors"

	"jetpack-start/internal/crash"
	"jetpack-start/internal/failure"
	"jetpack-start/wpcli"
)

// probe reads the site while the token is requested, so that the token's round trip costs no time.
// If one of the two fails, the other is cancelled.
func (r *run) probe(ctx context.Context, user string) (*wpcli.Site, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var tokenErr error
	waitForToken := crash.Go(func() {
		if tokenErr = r.API.Token(ctx); tokenErr != nil {
			cancel()
		}
	})
	site, err := r.WP.Probe(ctx, user)
	if err != nil && !errors.Is(err, context.Canceled) && !isNoWordPress(err) &&
		!r.isRootElsewhere(err) {
		cancel()
		waitForToken()
		return nil, err
	}
	if waitForToken(); tokenErr != nil {
		return nil, tokenErr
	}
	return site, err
}

// allowNoWordPress returns nil if Provision can go on although the probe failed with err: there is
// no WordPress, but a URL was given (docs/contract.md, "The old scripts").
func (r *run) allowNoWordPress(err error) error {
	o := r.opts
	switch {
	case r.isRootElsewhere(err):
	case !isNoWordPress(err), errors.Is(err, wpcli.ErrNotFound) && o.ExpectWordPress:
		return err
	case o.Request.SiteURL == "" && o.FallbackURL == "":
		return noWordPressError(err)
	case o.ExpectWordPress:
		return &failure.Error{
			Code: CodeNoWordPress, Err: err,
			Message: "a WordPress was named, or its files are here, but it can't be read; " +
				"nothing was sent: " + err.Error(),
		}
	}
	if errors.Is(err, wpcli.ErrNotFound) {
		r.warn(
			"wp was not found: only the API is called",
			"install WP-CLI, or give its path with --wp-cli-path, so that plugins are activated "+
				"and safe mode is respected",
		)
	} else {
		r.warn("no WordPress here: only the API is called", "")
	}
	return nil
}

// isRootElsewhere reports whether err means that WP-CLI refuses to run as root, which it does
// before it looks for a WordPress, where none is expected and a URL was given. Hosts provision so
// from control servers without any WordPress (docs/contract.md, "The old scripts").
func (r *run) isRootElsewhere(err error) bool {
	o := r.opts
	return errors.Is(err, wpcli.ErrRoot) && !o.ExpectWordPress &&
		(o.Request.SiteURL != "" || o.FallbackURL != "")
}

// isNoWordPress reports whether err means that there is no WordPress or no wp, as opposed to a
// WordPress that can't be read.
func isNoWordPress(err error) bool {
	return errors.Is(err, wpcli.ErrNoWordPress) || errors.Is(err, wpcli.ErrNotFound)
}

// noWordPressError returns the error of a command that needs a WordPress and found none. Other
// errors, such as a missing wp, are returned as they are.
func noWordPressError(err error) error {
	if errors.Is(err, wpcli.ErrNoWordPress) {
		return &failure.Error{Code: CodeNoWordPress, Message: err.Error(), Err: err}
	}
	return err
}
