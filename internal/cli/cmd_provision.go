package cli

import (
	"context"
	"errors"
	"os"
	"slices"

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
	which  identityOptions
}

func provisionCommand(a *app) *cli.Command {
	own := withUnderscores(append(planFlags(), fieldFlags()...)...)
	return &cli.Command{
		Name: "provision", Usage: "provision a plan for the WordPress here", ArgsUsage: "[@alias]",
		Description: "Installs and connects Jetpack as far as that is missing, requests the " +
			"plan, and activates its plugins. The next_url of a pending plan is for the " +
			"site's owner, who approves the connection there.",
		Flags: slices.Concat(
			own, wpFlags(), setupFlags(), lockFlags(), identityFlags(), apiFlags(), outputFlags(),
		),
		Action: checked(a,
			func(c *cli.Context) (provisionOptions, error) { return provisionValues(c, a) },
			func(c *cli.Context, o provisionOptions) (int, error) {
				return provisionRun(c.Context, a, o)
			}),
	}
}

// planFlags are the flags about the plan and how to provision it.
func planFlags() []cli.Flag {
	const category = "Plan"
	text := func(name, usage string) cli.Flag { return textFlag(category, name, usage) }
	return []cli.Flag{
		text("user", "the plan's owner on the site: `ID`, login or e-mail address"),
		text("plan", "plan or product `SLUG`: free, personal, premium, professional, complete, "+
			"jetpack-backup-daily, …"),
		text("siteurl",
			"site `URL` with scheme, instead of the site's own; required if there is no WordPress"),
		text("plugins", pluginsUsage),
		text("jetpack-source",
			"where to install Jetpack from if it is missing: slug, zip or `URL`"),
		text("jetpack-version", "`VERSION` of Jetpack to install"),
		boolFlag(category, "check",
			"request the status first, and send nothing if the plan is there"),
		boolFlag(category, "check-upgrade", "ask first which plans the site can take, and fail "+
			"before any change if this one isn't among them"),
		durationFlag(category, "wait", 0, waitUsage),
		text("partner-redirect", "`URL` to redirect the user to after the approval"),
		boolFlag(category, "strict", "exit 1 if a plugin of the plan failed"),
		boolFlag(category, "dry-run", "print the steps and change nothing"),
	}
}

// fieldFlags are the flags that the API takes as fields of its request.
func fieldFlags() []cli.Flag {
	flags := []cli.Flag{}
	for _, row := range [][2]string{
		{"home-url", "home `URL` if it differs from the site URL"},
		{"force-register", "register the site again"},
		{"force-connect", "connect the user again"},
		{"onboarding", "lead the user through the onboarding"},
		{"wpcom-user-id", "WordPress.com user `ID` to connect"},
		{"wpcom-user-email", "WordPress.com user's e-mail `ADDRESS`"},
		{"partner-tracking-id", "your own `ID` for the call"},
		{"ssh-user", "SSH `USER` for backups"},
		{"ssh-host", "SSH `HOST`"},
		{"ssh-port", "SSH `PORT` (default: 22)"},
		{"ssh-pass", "SSH `PASSWORD`; better with --ssh-pass-file [$" + envSSHPass + "]"},
		{"ssh-pass-file", "`FILE` with the SSH password; - is standard input"},
		{"ssh-private-key", "`FILE` with the SSH private key"},
		{"ftp-user", "FTP `USER` for backups"},
		{"ftp-host", "FTP `HOST`"},
		{"ftp-port", "FTP `PORT` (default: 21)"},
		{"ftp-pass", "FTP `PASSWORD`; better with --ftp-pass-file [$" + envFTPPass + "]"},
		{"ftp-pass-file", "`FILE` with the FTP password; - is standard input"},
	} {
		flags = append(flags, textFlag("Fields of the API", row[0], row[1]))
	}
	return flags
}

func provisionValues(c *cli.Context, a *app) (o provisionOptions, err error) {
	o.site, o.dryRun, o.strict = siteValues(c, a), c.Bool("dry-run"), c.Bool("strict")
	read := partnerValues
	if o.dryRun {
		read = apiValues
	}
	var apiErr, whichErr, pluginsErr error
	o.api, apiErr = read(c, a)
	o.which, whichErr = identityValues(c, a)
	r, requestErr := provisionRequest(c, a)
	o.do = provision.Options{
		Request: r, FallbackURL: c.String("url"),
		ExpectWordPress: a.locate(o.site).wordPressExpected(),
		Check:           c.Bool("check"), CheckUpgrade: c.Bool("check-upgrade"),
		PartnerRedirect: c.String("partner-redirect"),
		JetpackSource:   c.String("jetpack-source"), JetpackVersion: c.String("jetpack-version"),
	}
	if file := o.do.JetpackSource; o.site.alias == "" && o.site.parameter("--ssh") == "" {
		if _, err := os.Stat(file); err == nil {
			o.do.JetpackSource = absolute(file) // wp may run in another directory
		}
	}
	o.do.Plugins, pluginsErr = pluginsValue(c)
	o.do.Wait = c.Duration("wait")
	return o, errors.Join(requestErr, checkProvisionURLs(c), pluginsErr, whichErr, apiErr)
}

// checkProvisionURLs rejects flags that aren't URLs.
func checkProvisionURLs(c *cli.Context) (err error) {
	for _, name := range []string{"siteurl", "home-url"} {
		if value := c.String(name); value != "" {
			err = errors.Join(err, checkSiteURL("--"+name, value))
		}
	}
	if value := c.String("partner-redirect"); value != "" && !isURL(value) {
		err = errors.Join(err, &usageError{
			text: "--partner-redirect is not a URL with http:// or https://: " + quoted(value),
		})
	}
	return err
}

// provisionRequest returns the request of the flags.
func provisionRequest(c *cli.Context, a *app) (r jetpack.ProvisionRequest, err error) {
	text := c.String
	r = jetpack.ProvisionRequest{
		SiteURL: text("siteurl"), LocalUser: text("user"), Plan: text("plan"),
		HomeURL: text("home-url"), ForceRegister: text("force-register"),
		ForceConnect: text("force-connect"), Onboarding: text("onboarding"),
		WPComUserID: text("wpcom-user-id"), WPComUserEmail: text("wpcom-user-email"),
		TrackingID: text("partner-tracking-id"),
		SSHHost:    text("ssh-host"), SSHUser: text("ssh-user"), SSHPort: text("ssh-port"),
		FTPHost: text("ftp-host"), FTPUser: text("ftp-user"), FTPPort: text("ftp-port"),
	}
	if r.LocalUser == "" {
		err = &usageError{
			text: "no --user",
			hint: "the user on the site who is to own the plan: --user=ID, login or e-mail address",
		}
	}
	if r.Plan == "" {
		err = errors.Join(err, &usageError{text: "no --plan", hint: "such as --plan=premium"})
	}
	if secretsErr := readBackupSecrets(c, a, &r); secretsErr != nil {
		return r, errors.Join(err, secretsErr)
	}
	return r, errors.Join(err, checkBackupAccess(r))
}

// readBackupSecrets reads the passwords and the private key of the backup access into r.
func readBackupSecrets(c *cli.Context, a *app, r *jetpack.ProvisionRequest) error {
	for _, field := range []struct {
		flag, env, user string
		into            *jetpack.Secret
	}{
		{"ssh-pass", envSSHPass, r.SSHUser, &r.SSHPass},
		{"ftp-pass", envFTPPass, r.FTPUser, &r.FTPPass},
	} {
		value := c.String(field.flag)
		// A password in the environment is used only if the user is named, but one that HideSecrets
		// moved there was given for this call.
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

// checkBackupAccess rejects SSH and FTP access that the API's documentation rules out.
func checkBackupAccess(r jetpack.ProvisionRequest) error {
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
	case r.SSHPort != "" && !isPort(r.SSHPort):
		return &usageError{text: "--ssh-port is not a port: " + quoted(r.SSHPort)}
	case r.FTPPort != "" && !isPort(r.FTPPort):
		return &usageError{text: "--ftp-port is not a port: " + quoted(r.FTPPort)}
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
	o.which.apply(driver)
	defer a.withLedger(ctx, driver, o.which.ledger)()
	result, err := driver.Provision(ctx, o.do)
	return a.report(ctx, result, err, o.strict), nil
}

// dryRun prints the steps of a provision without taking them.
func dryRun(ctx context.Context, a *app, o provisionOptions) (int, error) {
	driver := a.driver(nil, o.site, o.api.poll)
	o.which.apply(driver)
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
