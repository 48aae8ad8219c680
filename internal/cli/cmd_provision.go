package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
)

type provisionOptions struct {
	api    apiOptions
	site   siteOptions
	do     provision.Options
	dryRun bool
	strict bool
	ledger string
	force  bool // --force-identity
}

func provisionCommand(a *app) *cli.Command {
	const catPlan, catFields = "Plan", "Fields of the API"
	text := func(name, category, usage string) cli.Flag {
		flag := &cli.StringFlag{Name: name, Usage: usage, Category: category}
		if snake := strings.ReplaceAll(name, "-", "_"); snake != name {
			flag.Aliases = []string{snake}
		}
		return flag
	}
	flags := []cli.Flag{
		text("user", catPlan, "the plan's owner on the site: `ID`, login or e-mail"),
		text(
			"plan", catPlan,
			"plan or product `SLUG`: free, personal, premium, professional, complete, jetpack-backup-daily, …",
		),
		text(
			"siteurl", catPlan,
			"site `URL` with scheme, instead of the site's own; needed where there is no WordPress",
		),
		text(
			"plugins", catPlan,
			"`LIST` of akismet,vaultpress, or none, instead of what the plan calls for",
		),
		text(
			"jetpack-source", catPlan,
			"where to install Jetpack from if it is missing: slug, zip or `URL`",
		),
		text("jetpack-version", catPlan, "`VERSION` of Jetpack to install"),
		&cli.BoolFlag{
			Name:     "check",
			Usage:    "ask for the status first, and send nothing where the plan is in place",
			Category: catPlan,
		},
		&cli.BoolFlag{
			Name:     "check-upgrade",
			Usage:    "ask first what the site can take, and refuse another plan before anything is changed",
			Category: catPlan,
		},
		&cli.StringFlag{
			Name:     "wait",
			Usage:    "wait until the connection is approved, `TIME` at the most (5m if not said)",
			Category: catPlan,
		},
		text("partner-redirect", catPlan, "`URL` where the user lands after approving"),
		&cli.BoolFlag{
			Name:     "strict",
			Usage:    "exit 1 where a plugin of the plan failed",
			Category: catPlan,
		},
		&cli.BoolFlag{
			Name:     "dry-run",
			Usage:    "print the steps and change nothing",
			Category: catPlan,
		},
		text("home-url", catFields, "home `URL` where it differs"),
		text("force-register", catFields, "register the site anew"),
		text("force-connect", catFields, "connect the user anew"),
		text("onboarding", catFields, "put the user through the onboarding"),
		text("wpcom-user-id", catFields, "WordPress.com user `ID` to connect"),
		text("wpcom-user-email", catFields, "WordPress.com user's `ADDRESS`"),
		text("partner-tracking-id", catFields, "your own `ID` for the call"),
		text("ssh-user", catFields, "SSH `USER` for backups"),
		text("ssh-host", catFields, "SSH `HOST`"),
		text("ssh-port", catFields, "SSH `PORT`, 22 if not said"),
		text(
			"ssh-pass", catFields, "SSH `PASSWORD`; better with --ssh-pass-file [$"+envSSHPass+"]",
		),
		text("ssh-pass-file", catFields, "`FILE` with the SSH password; - is standard input"),
		text("ssh-private-key", catFields, "`FILE` with the SSH private key"),
		text("ftp-user", catFields, "FTP `USER` for backups"),
		text("ftp-host", catFields, "FTP `HOST`"),
		text("ftp-port", catFields, "FTP `PORT`, 21 if not said"),
		text(
			"ftp-pass", catFields, "FTP `PASSWORD`; better with --ftp-pass-file [$"+envFTPPass+"]",
		),
		text("ftp-pass-file", catFields, "`FILE` with the FTP password; - is standard input"),
	}
	return &cli.Command{
		Name: "provision", Usage: "provision a plan for the WordPress here", ArgsUsage: "[@alias]",
		Flags: slices.Concat(flags, wpFlags(), identityFlags(), apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := provisionFlags(c, a)
			if err != nil {
				return exitUsage, err
			}
			return provisionRun(c.Context, a, o)
		}),
	}
}

func provisionFlags(c *cli.Context, a *app) (o provisionOptions, err error) {
	o.site, o.dryRun, o.strict = siteFlags(c, a), c.Bool("dry-run"), c.Bool("strict")
	o.ledger, o.force = ledgerDSN(c, a), c.Bool("force-identity")
	if o.api, err = apiFlagValues(c, a); err != nil {
		return o, err
	}
	if !o.dryRun {
		if err = o.api.creds.required(); err != nil {
			return o, err
		}
	}
	r := jetpack.ProvisionRequest{
		SiteURL: c.String(
			"siteurl",
		), LocalUser: c.String("user"), Plan: c.String("plan"), HomeURL: c.String("home-url"),
		ForceRegister: c.String(
			"force-register",
		), ForceConnect: c.String("force-connect"), Onboarding: c.String("onboarding"),
		WPComUserID: c.String(
			"wpcom-user-id",
		), WPComUserEmail: c.String("wpcom-user-email"), TrackingID: c.String("partner-tracking-id"),
		SSHHost: c.String("ssh-host"), SSHUser: c.String("ssh-user"), SSHPort: c.String("ssh-port"),
		FTPHost: c.String("ftp-host"), FTPUser: c.String("ftp-user"), FTPPort: c.String("ftp-port"),
	}
	switch {
	case r.LocalUser == "":
		return o, &usageError{
			text: "no --user",
			hint: "the user on the site who is to own the plan: --user=ID, login or e-mail",
		}
	case r.Plan == "":
		return o, &usageError{text: "no --plan", hint: "such as --plan=premium"}
	}
	if err = secretFields(c, a, &r); err != nil {
		return o, err
	}
	if err = checkFields(r); err != nil {
		return o, err
	}
	o.do = provision.Options{
		Request: r, FallbackURL: c.String("url"), ExpectWordPress: o.site.expectWordPress(), Check: c.Bool("check"), CheckUpgrade: c.Bool("check-upgrade"), PartnerRedirect: c.String("partner-redirect"),
		JetpackSource: c.String("jetpack-source"), JetpackVersion: c.String("jetpack-version"),
	}
	if o.do.Plugins, err = pluginList(c); err != nil {
		return o, err
	}
	if err = checkURLs(map[string]string{"siteurl": r.SiteURL, "home-url": r.HomeURL, "partner-redirect": o.do.PartnerRedirect}); err != nil {
		return o, err
	}
	o.do.Wait, err = waitFlag(c)
	return o, err
}

// secretFields reads the passwords and the key of the backup credentials.
func secretFields(c *cli.Context, a *app, r *jetpack.ProvisionRequest) error {
	for _, field := range []struct {
		flag, env, user string
		into            *jetpack.Secret
	}{{"ssh-pass", envSSHPass, r.SSHUser, &r.SSHPass}, {"ftp-pass", envFTPPass, r.FTPUser, &r.FTPPass}} {
		value := c.String(field.flag)
		// A password that only stands in the environment is for whoever names the user; one that
		// was an argument was meant.
		if !c.IsSet(field.flag) && (field.user != "" || a.moved(field.env)) {
			value = a.getenv(field.env)
		}
		if path := c.String(field.flag + "-file"); path != "" {
			var err error
			if value, err = a.readSecret(path); err != nil {
				return err
			}
		}
		*field.into = jetpack.Secret(value)
	}
	path := c.String("ssh-private-key")
	if path == "" {
		return nil
	}
	key, err := a.interruptible(func() (string, error) { return readKey(path) })
	r.SSHPrivateKey = jetpack.Secret(key)
	return err
}

// checkFields refuses what the documents rule out, before anything is looked at.
func checkFields(r jetpack.ProvisionRequest) error {
	switch {
	case r.SSHPass != "" && r.SSHPrivateKey != "":
		return &usageError{
			text: "an SSH password and a private key are both given",
			hint: "the API takes one of the two",
		}
	case r.SSHUser != "" && r.SSHPass == "" && r.SSHPrivateKey == "":
		return &usageError{
			text: "--ssh-user without a password or a private key",
			hint: "add --ssh-pass-file or --ssh-private-key",
		}
	case r.SSHUser == "" && (r.SSHPass != "" || r.SSHPrivateKey != ""):
		return &usageError{text: "SSH credentials without --ssh-user"}
	}
	for name, port := range map[string]string{"--ssh-port": r.SSHPort, "--ftp-port": r.FTPPort} {
		if port != "" && !validPort(port) {
			return &usageError{text: fmt.Sprintf("%s is not a port: %q", name, port)}
		}
	}
	return nil
}

func provisionRun(ctx context.Context, a *app, o provisionOptions) (int, error) {
	if o.dryRun {
		return dryRun(ctx, a, o)
	}
	api, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	driver := a.driver(api, o.site, o.api.poll)
	driver.ForceIdentity = o.force
	defer a.withLedger(ctx, driver, o.ledger)()
	result, err := driver.Provision(ctx, o.do)
	return a.report(ctx, result, err, o.strict), nil
}

func dryRun(ctx context.Context, a *app, o provisionOptions) (int, error) {
	driver := a.driver(nil, o.site, o.api.poll)
	result, steps, err := provision.DryRun(ctx, *driver, o.do)
	if err != nil {
		return a.report(ctx, result, err, false), nil
	}
	out := struct {
		DryRun   bool             `json:"dry_run"`
		Steps    []provision.Step `json:"steps"`
		Warnings []string         `json:"warnings,omitempty"`
	}{true, steps, result.Warnings}
	return exitOK, writeJSON(a.stdout, out, "  ")
}
