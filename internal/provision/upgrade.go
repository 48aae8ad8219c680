package provision

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"jetpack-start/internal/failure"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// Codes of failures around upgrade paths.
const (
	CodeUpgrade = "upgrade_not_possible" // the site can't take the plan now
	CodeNoSite  = "no_site"              // no site was named, and there is no WordPress here
)

// NoSite is the failure of a command that was told no site and found no WordPress. What wp said
// stays out of the chain: its hint is about other commands.
func NoSite(err error) error {
	return &failure.Error{Code: CodeNoSite, Message: "no site is named, and none is here: " + err.Error()}
}

// UpgradePaths asks what a site may be given now. named is an URL, domain::path or blog ID; ""
// stands for the WordPress here, which is looked at while the token is fetched. site is what the
// API was asked for.
func (d *Driver) UpgradePaths(
	ctx context.Context, named string,
) (paths jetpack.UpgradePaths, site string, err error) {
	id := named
	if named == "" {
		here, err := d.look(ctx, "")
		if errors.Is(err, wpcli.ErrNoWordPress) {
			return paths, "", NoSite(err)
		}
		if err == nil {
			id, err = identifier(here, here.SiteURL)
		}
		if err != nil {
			return paths, "", err
		}
	}
	paths, err = d.API.UpgradePaths(ctx, id)
	return paths, id, err
}

// checkUpgrade refuses, for CheckUpgrade, a plan that the site can't take now. What the site has
// from this partner already isn't refused: asking for it again changes nothing, and brings the
// link of one that is pending.
func (d *Driver) checkUpgrade(ctx context.Context, site *wpcli.Site, o Options) error {
	if !o.CheckUpgrade {
		return nil
	}
	id, err := identifier(site, o.Request.SiteURL)
	if err != nil {
		return err
	}
	paths, err := d.API.UpgradePaths(ctx, id)
	var apiErr *jetpack.Error
	switch {
	case errors.As(err, &apiErr) && unknownSite(apiErr):
		d.warn(
			"WordPress.com doesn't know the site yet, so it can't say what the site can take: going on",
			"",
		)
		return nil
	case err != nil:
		return err
	}
	takes := []string{}
	for _, family := range paths.Families {
		for _, slug := range family.Slugs {
			if jetpack.IsPlan(slug, o.Request.Plan) {
				return nil
			}
			takes = append(takes, slug)
		}
	}
	if status, err := d.API.Status(ctx, id); err == nil {
		if product, found := status.Find(o.Request.Plan); found && product.ByCallingPartner {
			return nil
		}
	}
	can := "nothing more"
	if len(takes) > 0 {
		can = strings.Join(takes, ", ")
	}
	return &failure.Error{
		Code: CodeUpgrade,
		Message: fmt.Sprintf(
			"the site can't take %s now; it can take %s; nothing was sent", o.Request.Plan, can,
		),
	}
}
