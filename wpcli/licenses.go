package wpcli

import (
	"context"
	_ "embed"
	"errors"
	"slices"
)

//go:embed licenses.php
var licensesPHP string

// Licenses describes the license keys of a site after a call of [CLI.AddLicenses].
type Licenses struct {
	SiteURL string
	Count   int // keys that the site has now
	Added   int // keys that the call added
	// Attached says whether Jetpack attached the keys of the call to the site: one of the
	// constants below.
	Attached string
	// Error is Jetpack's message if Attached is AttachFailed. Keys in it are shortened.
	Error string
}

// The values of Licenses.Attached.
const (
	Attached = "attached"
	// AttachWaits means that the site isn't connected. Jetpack attaches the keys when the
	// connection is approved.
	AttachWaits  = "waiting_for_connection"
	AttachFailed = "failed"
	// AttachNotAttempted means that Jetpack isn't active, or is too old.
	AttachNotAttempted = "not_attempted"
)

// AddLicenses adds license keys to the site's option jetpack_licenses, keeps those that are there,
// and has Jetpack attach them, in one boot that loads no other plugin. It fails if the site doesn't
// keep all of them, and with [ErrSafeMode] before it adds any. A failure to attach them is in the
// result.
func (c *CLI) AddLicenses(ctx context.Context, keys []string) (Licenses, error) {
	marker := newMarker()
	out, err := c.run(ctx, mustJSON(keys), keys, "--skip-themes", "--skip-packages",
		execParameter(onlyJetpackPHP+licensesPHP), "jetpack-start-licenses", marker)
	if err != nil {
		return Licenses{}, err
	}
	answer, err := parseAnswer(out, marker)
	if err != nil {
		return Licenses{}, c.showStdout(out, err)
	}
	if answer.Get("safe_mode").Bool() {
		return Licenses{}, &Error{Args: []string{"wp"}, Kind: ErrSafeMode}
	}
	l := Licenses{
		SiteURL:  answer.Get("siteurl").String(),
		Count:    int(answer.Get("count").Int()),
		Added:    int(answer.Get("added").Int()),
		Attached: answer.Get("attached").String(),
		Error:    joinLines(answer.Get("error").String()),
	}
	if !slices.Contains([]string{Attached, AttachWaits, AttachFailed}, l.Attached) {
		l.Attached = AttachNotAttempted
	}
	if answer.Get("missing").Int() > 0 {
		return l, errors.New("the site did not keep the license keys")
	}
	return l, nil
}
