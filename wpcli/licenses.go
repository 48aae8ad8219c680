package wpcli

import (
	"context"
	_ "embed"
	"errors"
)

//go:embed licenses.php
var licensesPHP string

// Licenses is what AddLicenses found afterwards.
type Licenses struct {
	SiteURL      string
	Count, Added int // keys in the list now, and those that were new
}

// AddLicenses adds license keys to the site's option jetpack_licenses, in one boot without
// plugins; keys that are in it stay.
func (c *CLI) AddLicenses(ctx context.Context, keys []string) (Licenses, error) {
	marker := newMarker()
	out, err := c.run(
		ctx, mustJSON(keys), keys, "--skip-plugins", "--skip-themes", "--skip-packages",
		code(licensesPHP), "jetpack-start-licenses", marker,
	)
	if err != nil {
		return Licenses{}, err
	}
	answer, err := between(out, marker)
	if err != nil {
		return Licenses{}, err
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
