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

// UpgradePaths returns the plans and products that a site can be given now, and the site in the
// form in which the API was asked for it. named is a URL, domain::path or a blog ID; "" means the
// WordPress here, which is read while the token is requested.
func (d *Driver) UpgradePaths(
	ctx context.Context, named string,
) (paths jetpack.UpgradePaths, site string, err error) {
	id := named
	if named == "" {
		here, err := d.newRun(Options{}).probe(ctx, "")
		if errors.Is(err, wpcli.ErrNoWordPress) {
			return paths, "", NoSite(err)
		}
		if err == nil {
			id, err = siteID(here, here.SiteURL)
		}
		if err != nil {
			return paths, "", err
		}
	}
	paths, err = d.API.UpgradePaths(ctx, id)
	return paths, id, err
}

// checkUpgrade fails if Options.CheckUpgrade is set and the site can't be given the plan now. A
// plan that the site has from this partner passes: requesting it again changes nothing, and its
// answer has the link of a pending one.
func (r *run) checkUpgrade(ctx context.Context) error {
	if !r.opts.CheckUpgrade {
		return nil
	}
	plan := r.opts.Request.Plan
	id, err := siteID(r.site, r.opts.Request.SiteURL)
	if err != nil {
		return err
	}
	paths, err := r.API.UpgradePaths(ctx, id)
	if isUnknownSite(err) {
		r.warn(
			"WordPress.com doesn't know the site yet, so its upgrade paths can't be checked: "+
				"going on", "",
		)
		return nil
	}
	if err != nil {
		return err
	}
	possible := []string{}
	for _, family := range paths.Families {
		for _, slug := range family.Slugs {
			if jetpack.IsPlan(slug, plan) {
				return nil
			}
			possible = append(possible, slug)
		}
	}
	if status, err := r.API.Status(ctx, id); err == nil {
		if product, found := status.Find(plan); found && product.ByCallingPartner {
			return nil
		}
	}
	list := "nothing more"
	if len(possible) > 0 {
		list = strings.Join(possible, ", ")
	}
	return &failure.Error{
		Code: CodeUpgrade,
		Message: fmt.Sprintf("the site can't take %s now; it can take %s; nothing was sent",
			plan, list),
	}
}
