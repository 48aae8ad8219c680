package cli

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

func credentialsCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "credentials", Usage: "give the API the access to a site that backups need",
		Subcommands: []*cli.Command{
			setCredentialsCommand(a, backupAccess{"ssh", "SSH", "22", envSSHPass}),
			setCredentialsCommand(a, backupAccess{"ftp", "FTP", "21", envFTPPass}),
		},
	}
}

// backupAccess is a way of accessing a site for backups: ssh or ftp.
type backupAccess struct {
	kind, name string
	port       string // the default
	variable   string // the environment variable with the password
}

type setCredentialsOptions struct {
	api              apiOptions
	site             siteOptions
	blogID           int64 // 0: that of siteURL in the ledger, or of the WordPress here
	siteURL          string
	kind             string
	which            identityOptions
	host, user, port string
	pass, privateKey jetpack.Secret
}

func setCredentialsCommand(a *app, access backupAccess) *cli.Command {
	text := func(name, usage string) cli.Flag { return textFlag("Access", name, usage) }
	flags := withUnderscores(textFlag("", "blog-id",
		"WordPress.com's blog `ID`; wp isn't run then"))
	flags = append(flags,
		text("host", access.name+" `HOST`"),
		text("user", access.name+" `USER`"),
		text("port", access.name+" `PORT` (default: "+access.port+")"),
		text("pass-file", "`FILE` with the password, readable only by its owner; - is standard "+
			"input [or the password in $"+access.variable+"]"),
	)
	if access.kind == "ssh" {
		flags = append(flags, text("private-key",
			"`FILE` with the private key, instead of a password"))
	}
	return &cli.Command{
		Name:      "set-" + access.kind,
		Usage:     "set the " + access.name + " access of the site here, or of a blog ID",
		ArgsUsage: "[SITE] [@alias]",
		Flags:     slices.Concat(flags, wpFlags(), identityFlags(), apiFlags(), outputFlags()),
		Action: checked(a, func(c *cli.Context) (setCredentialsOptions, error) {
			return setCredentialsValues(c, a, access)
		}, func(c *cli.Context, o setCredentialsOptions) (int, error) {
			return setCredentialsRun(c.Context, a, o)
		}, "[SITE]"),
	}
}

func setCredentialsValues(
	c *cli.Context, a *app, access backupAccess,
) (o setCredentialsOptions, err error) {
	o = setCredentialsOptions{
		site: siteValues(c, a), kind: access.kind,
		host: c.String("host"), user: c.String("user"), port: c.String("port"),
	}
	var apiErr, whichErr error
	o.api, apiErr = partnerValues(c, a)
	o.which, whichErr = identityValues(c, a)
	err = errors.Join(checkCredentialsFlags(c, o), whichErr, apiErr)
	if err != nil {
		return o, err
	}
	id := c.String("blog-id")
	if site := c.Args().First(); isID(site) {
		id = site
	} else {
		o.siteURL = site
	}
	o.blogID, _ = strconv.ParseInt(id, 10, 64)
	return o, o.readSecrets(c, a, access.variable)
}

// checkCredentialsFlags rejects missing and contradictory flags.
func checkCredentialsFlags(c *cli.Context, o setCredentialsOptions) error {
	site, id, alias := c.Args().First(), c.String("blog-id"), o.site.alias
	switch {
	case c.IsSet("blog-id") && !isID(id):
		return &usageError{
			text: "--blog-id is not a blog ID: " + quoted(id), hint: "this call takes no URL",
		}
	case c.Args().Present() && (c.IsSet("blog-id") || alias != ""):
		return &usageError{
			text: "the site is named twice: " + quoted(site),
			hint: "give SITE, --blog-id or @alias",
		}
	case c.IsSet("blog-id") && alias != "":
		return &usageError{
			text: "--blog-id and " + alias + " are both given", hint: "give one of the two",
		}
	case o.host == "":
		return &usageError{text: "no --host"}
	case o.user == "":
		return &usageError{text: "no --user"}
	case o.port != "" && !isPort(o.port):
		return &usageError{text: "--port is not a port: " + quoted(o.port)}
	case c.String("private-key") != "" && c.String("pass-file") != "":
		return &usageError{
			text: "--private-key and --pass-file are both given",
			hint: "the API takes one of the two",
		}
	case c.Args().Present():
		return checkSite(site, "")
	}
	return nil
}

// readSecrets reads the private key or the password: from the file that is given, else from the
// environment variable.
func (o *setCredentialsOptions) readSecrets(c *cli.Context, a *app, variable string) error {
	key, file := c.String("private-key"), c.String("pass-file")
	var text string
	var err error
	switch {
	case key != "":
		text, err = a.interruptible(func() (string, error) { return readKey(key) })
		o.privateKey = jetpack.Secret(text)
	case file != "":
		text, err = a.readSecret(file)
		o.pass = jetpack.Secret(text)
	default:
		o.pass = jetpack.Secret(a.getenv(variable))
	}
	if err == nil && o.kind == "ssh" && o.pass == "" && o.privateKey == "" {
		err = &usageError{
			text: "no password and no private key",
			hint: "give --pass-file (- is standard input) or --private-key, or set " + variable,
		}
	}
	return err
}

func setCredentialsRun(ctx context.Context, a *app, o setCredentialsOptions) (int, error) {
	api, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	out := record{}
	switch {
	case o.blogID != 0:
		err = provision.CheckExpectedURL("", o.which.expectURL)
	case o.siteURL != "":
		out["siteurl"] = o.siteURL
		if err = provision.CheckExpectedURL(o.siteURL, o.which.expectURL); err == nil {
			o.blogID, err = a.blogIDFromLedger(ctx, api, o)
		}
	default:
		o.blogID, err = a.blogIDHere(ctx, api, o.site, o.which, out)
	}
	if err != nil {
		return a.reportFailure(ctx, err, out), nil
	}
	out["blog_id"] = o.blogID
	var requestID string
	if o.kind == "ssh" {
		requestID, err = api.SetSSHCredentials(ctx, o.blogID, jetpack.SSHCredentials{
			Host: o.host, User: o.user, Port: o.port, Pass: o.pass, PrivateKey: o.privateKey,
		})
	} else {
		requestID, err = api.SetFTPCredentials(ctx, o.blogID, jetpack.FTPCredentials{
			Host: o.host, User: o.user, Port: o.port, Pass: o.pass,
		})
	}
	if err != nil {
		return a.reportFailure(ctx, err, out), nil
	}
	out["success"], out["outcome"] = true, "set"
	out.add("request_id", requestID, requestID != "")
	return exitOK, a.printJSON(out)
}

// blogIDFromLedger returns the blog ID that the site had when its plan was provisioned. The API
// takes no URL here, and has no call that returns the blog ID of a URL.
func (a *app) blogIDFromLedger(
	ctx context.Context, api provision.API, o setCredentialsOptions,
) (int64, error) {
	unknown := &failure.Error{
		Code: codeUnknownSite, Message: "the ledger has no blog ID for " + o.siteURL,
	}
	if o.which.ledger == "" || o.which.ledger == "none" {
		return 0, unknown
	}
	book, err := openLedger(ctx, o.which.ledger)
	if err != nil {
		return 0, err
	}
	defer book.Close()
	known, err := book.Identity(ctx, o.siteURL)
	if errors.Is(err, ledger.ErrNotFound) {
		return 0, unknown
	}
	if err != nil || known.Confirmed {
		return known.BlogID, err
	}
	// Only the site said so.
	driver := provision.Driver{API: api, Ledger: book, Warn: a.warn, ExpectURL: o.siteURL}
	driver.ForceIdentity, driver.StrictIdentity = o.which.force, o.which.strict
	site := &wpcli.Site{SiteURL: known.SiteURL, Home: known.SiteURL, BlogID: known.BlogID}
	return known.BlogID, driver.CheckIdentity(ctx, site, true)
}

// blogIDHere returns the blog ID of the WordPress here, and adds its URL to known. A site in safe
// mode is an error: it has the blog ID of the site that it is a copy of, whose backups must not be
// sent here.
func (a *app) blogIDHere(
	ctx context.Context, api provision.API, site siteOptions, which identityOptions,
	known record,
) (int64, error) {
	found, err := a.probeIdentified(ctx, api, site, which, true)
	if errors.Is(err, wpcli.ErrNoWordPress) {
		return 0, provision.NoSite(err)
	}
	if err != nil {
		return 0, err
	}
	known["siteurl"] = found.SiteURL
	switch {
	case found.SafeMode:
		return 0, &failure.Error{
			Code: provision.CodeSafeMode,
			Message: "Jetpack is in safe mode: this site is a copy of another and has its blog " +
				"ID; nothing was sent",
		}
	case found.BlogID == 0:
		return 0, &failure.Error{
			Code:    codeNotConnected,
			Message: "the site is not connected, so it has no blog ID; nothing was sent",
		}
	}
	return found.BlogID, nil
}
