package cli

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

type statusOptions struct {
	api             apiOptions
	site            siteOptions
	blogID, siteURL string
	view            view
	ledger          string // file or DSN
	strict          bool   // as in identityOptions
}

func statusCommand(a *app) *cli.Command {
	own := withUnderscores(
		textFlag("", "blog-id", "WordPress.com's blog `ID` to ask the API about; wp isn't run then"),
		textFlag("", "siteurl", "the `URL` to ask the API about; wp isn't run then"),
	)
	return &cli.Command{
		Name: "status", Usage: "show what the site and the API know about its plan",
		ArgsUsage: "[@alias]",
		Flags: slices.Concat(
			own, listFlags(statusFields), wpFlags(), ledgerFlags(), apiFlags(), outputFlags(),
		),
		Action: a.action(func(c *cli.Context) (int, error) {
			o := statusOptions{
				site: siteValues(c, a), blogID: c.String("blog-id"), siteURL: c.String("siteurl"),
				view: viewValue(c, statusFields, statusFields), ledger: ledgerValue(c, a),
			}
			var err error
			if o.strict, err = strictFromEnv(a); err != nil {
				return exitUsage, err
			}
			if err = checkStatusSite(c); err == nil {
				o.api, err = partnerValues(c, a)
			}
			if err != nil {
				return exitUsage, err
			}
			return statusRun(c.Context, a, o)
		}),
	}
}

// checkStatusSite rejects a site that is named twice, or by an invalid or empty value.
func checkStatusSite(c *cli.Context) error {
	id, siteURL := c.String("blog-id"), c.String("siteurl")
	switch {
	case c.IsSet("blog-id") && c.IsSet("siteurl"):
		return &usageError{
			text: "--blog-id and --siteurl are both given", hint: "give one of the two",
		}
	case c.IsSet("blog-id") && !isID(id):
		return &usageError{text: "--blog-id is not a blog ID: " + quoted(id)}
	case c.IsSet("siteurl"):
		// An empty variable in a script must not show the WordPress of the working directory.
		return checkSiteURL("--siteurl", siteURL)
	}
	return nil
}

// statusJSON is the output with --format=json. A side that wasn't asked, or has no answer, is null.
type statusJSON struct {
	Success bool `json:"success"`
	// Asked is the URL or blog ID of --siteurl or --blog-id, "" for the WordPress here.
	Asked   string    `json:"asked_about,omitempty"`
	Site    *siteJSON `json:"site"`
	API     *apiJSON  `json:"api"`
	APINote string    `json:"api_error,omitempty"`
}

// siteJSON is what the site knows.
type siteJSON struct {
	SiteURL   string `json:"siteurl"`
	Home      string `json:"home"`
	Multisite bool   `json:"multisite"`
	WordPress string `json:"wordpress"`
	PHP       string `json:"php"`
	WPCLI     string `json:"wp_cli"`
	BlogID    int64  `json:"blog_id"`
	Connected bool   `json:"is_connected"`
	// Problem is what is broken in the connection.
	Problem  string            `json:"connection_problem,omitempty"`
	SafeMode bool              `json:"safe_mode"`
	Offline  string            `json:"offline_mode,omitempty"` // the reason
	Plugins  map[string]string `json:"plugins"`
}

// apiJSON is what the API knows.
type apiJSON struct {
	Connected   bool          `json:"is_connected"`
	Credentials *bool         `json:"has_backups_credentials"`
	Products    []productJSON `json:"products"`
	RequestID   string        `json:"request_id,omitempty"`
}

// productJSON is a product that the site has, by the API.
type productJSON struct {
	Slug             string `json:"slug"`
	ByPartner        bool   `json:"is_provisioned_by_partner"`
	ByCallingPartner bool   `json:"is_provisioned_by_calling_partner"`
	Pending          bool   `json:"is_pending"`
}

func statusRun(ctx context.Context, a *app, o statusOptions) (int, error) {
	api, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	driver := a.driver(api, o.site, o.api.poll)
	defer a.withLedger(ctx, driver, o.ledger)()
	if driver.LedgerErr != nil { // status does without
		a.debugf("no ledger: %v", driver.LedgerErr)
		driver.LedgerErr = nil
	}
	driver.StrictIdentity = o.strict
	sides, err := driver.Status(ctx, o.blogID, o.siteURL)
	if err != nil {
		return a.report(ctx, &provision.Result{SiteURL: o.siteURL}, err, false), nil
	}
	view := statusJSON{
		Success: true, Asked: cmp.Or(o.blogID, o.siteURL),
		Site: newSiteJSON(sides.Site), API: newAPIJSON(sides.API),
	}
	if sides.APIErr != nil {
		f := explain(ctx, sides.APIErr)
		view.APINote = f.text()
		a.warn(f.text(), f.hint)
	}
	if o.view.format == "json" && !o.view.asked {
		return exitOK, a.printJSON(view)
	}
	if view.Asked != "" {
		return exitOK, o.view.list(a.stdout, namedStatusRows(view, o.blogID != ""))
	}
	return exitOK, o.view.list(a.stdout, statusRows(view))
}

// newSiteJSON returns the site as it is printed, nil for nil.
func newSiteJSON(s *wpcli.Site) *siteJSON {
	if s == nil {
		return nil
	}
	v := &siteJSON{
		SiteURL: s.SiteURL, Home: s.Home, Multisite: s.Multisite, WordPress: s.WordPress,
		PHP: s.PHP, WPCLI: s.WPCLI, BlogID: s.BlogID, Connected: s.Connected(),
		Problem: s.ConnectionProblem(), SafeMode: s.SafeMode, Offline: s.Offline,
		Plugins: map[string]string{},
	}
	keys := map[string]bool{"akismet": s.AkismetKey, "vaultpress": s.VaultPressKey, "jetpack": true}
	for slug, p := range s.Plugins {
		v.Plugins[slug] = pluginState(slug, p, keys[slug])
	}
	return v
}

// pluginState returns the state of a plugin as it is printed.
func pluginState(slug string, p wpcli.Plugin, hasKey bool) string {
	state := "inactive"
	switch {
	case !p.Installed:
		return "not installed"
	case p.Active && hasKey:
		state = "active"
	case p.Active:
		state = "active, no key"
	}
	if p.Version != "" {
		state += " " + p.Version
	}
	return state + place(slug, p)
}

// place returns where a plugin is unless it is in the folder of its name, as the end of a phrase.
func place(slug string, p wpcli.Plugin) string {
	switch {
	case p.MustUse:
		return " in mu-plugins"
	case p.File != "" && p.Folder() != slug:
		return " in plugins/" + p.Folder()
	}
	return ""
}

// newAPIJSON returns the API's status as it is printed, nil for nil.
func newAPIJSON(s *jetpack.Status) *apiJSON {
	if s == nil {
		return nil
	}
	v := &apiJSON{
		Connected: s.Connected, Credentials: s.HasBackupsCredentials, RequestID: s.RequestID,
		Products: []productJSON{},
	}
	for _, p := range s.Products {
		v.Products = append(v.Products, productJSON(p))
	}
	return v
}

var statusFields = []string{"name", "site", "api"}

// namedStatusRows returns the rows of the table for a site that was named by its blog ID or URL:
// which site that is, and what the API alone knows.
func namedStatusRows(v statusJSON, byID bool) []record {
	asked := record{"name": "siteurl", "site": "-", "api": v.Asked}
	if byID {
		asked["name"] = "blog ID"
	}
	rows := []record{asked}
	for _, row := range statusRows(v) {
		if row["api"] != "-" {
			rows = append(rows, row)
		}
	}
	return rows
}

// statusRows returns the rows of the table: what the site and what the API know, side by side. "-"
// is what a side doesn't know.
func statusRows(v statusJSON) (rows []record) {
	add := func(name, site, api string) {
		rows = append(rows, record{
			"name": name, "site": cmp.Or(site, "-"), "api": cmp.Or(api, "-"),
		})
	}
	site, api := v.Site, v.API
	if site == nil {
		site = &siteJSON{}
	}
	if api == nil {
		api = &apiJSON{}
	}
	known := func(side bool, text string) string {
		if !side {
			return ""
		}
		return text
	}
	hasSite, hasAPI := v.Site != nil, v.API != nil
	add("siteurl", site.SiteURL, "")
	add("blog ID", known(site.BlogID > 0, fmt.Sprint(site.BlogID)), "")
	add("connected", known(hasSite, connection(site)), known(hasAPI, yesNo(api.Connected)))
	add("safe mode", known(hasSite, yesNo(site.SafeMode)), "")
	if site.Offline != "" {
		add("offline mode", "yes: "+site.Offline, "")
	}
	if api.Credentials != nil {
		add("backup credentials", "", yesNo(*api.Credentials))
	}
	for _, slug := range []string{"jetpack", "akismet", "vaultpress"} {
		add(slug, site.Plugins[slug], "")
	}
	for _, p := range api.Products {
		add("product "+p.Slug, "", productState(p))
	}
	if hasAPI && len(api.Products) == 0 {
		add("products", "", "none")
	}
	versions := fmt.Sprintf("WordPress %s, PHP %s, WP-CLI %s", site.WordPress, site.PHP, site.WPCLI)
	add("versions", known(hasSite, versions), "")
	return rows
}

// connection returns the state of the site's connection as the table shows it.
func connection(site *siteJSON) string {
	if site.Problem != "" {
		return "broken: " + site.Problem
	}
	return yesNo(site.Connected)
}

// productState returns the state of a product as the table shows it.
func productState(p productJSON) string {
	state := "active"
	if p.Pending {
		state = "pending"
	}
	switch {
	case p.ByCallingPartner:
		return state + ", provisioned by this partner"
	case p.ByPartner:
		return state + ", provisioned by another partner"
	}
	return state + ", not provisioned by a partner"
}
