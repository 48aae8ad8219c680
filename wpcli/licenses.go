package wpcli

import (
	"context"
	_ "embed"
	"errors"
)

//go:embed licenses.php
var licensesPHP string

// Licenses describes the license keys of a site after a call of [CLI.AddLicenses].
type Licenses struct {
	SiteURL string
	Count   int // keys that the site has now
	Added   int // keys that the call added
}

// AddLicenses adds license keys to the site's option jetpack_licenses and keeps those that are
// there, in one boot that loads no plugins. It fails if the site doesn't keep all of them.
func (c *CLI) AddLicenses(ctx context.Context, keys []string) (Licenses, error) {
	marker := newMarker()
	out, err := c.run(ctx, mustJSON(keys), keys, "--skip-plugins", "--skip-themes",
		"--skip-packages", execParameter(licensesPHP), "jetpack-start-licenses", marker)
	if err != nil {
		return Licenses{}, err
	}
	answer, err := parseAnswer(out, marker)
	if err != nil {
		return Licenses{}, c.showStdout(out, err)
	}
	l := Licenses{
		SiteURL: answer.Get("siteurl").String(),
		Count:   int(answer.Get("count").Int()),
		Added:   int(answer.Get("added").Int()),
	}
	if answer.Get("missing").Int() > 0 {
		return l, errors.New("the site did not keep the license keys")
	}
	return l, nil
}
