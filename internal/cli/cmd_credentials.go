package cli

import (
	"context"
	"errors"
	"fmt"
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
			credentialsSetCommand(a, "ssh"),
			credentialsSetCommand(a, "ftp"),
		},
	}
}

type setCredentialsOptions struct {
	api              apiOptions
	site             siteOptions
	blogID           int64 // 0 = siteURL, or the WordPress here, says
	siteURL          string
	ledger           string
	kind             string
	host, user, port string
	pass, privateKey jetpack.Secret
}

func credentialsSetCommand(a *app, kind string) *cli.Command {
	name, port, variable := "SSH", "22", envSSHPass
	if kind == "ftp" {
		name, port, variable = "FTP", "21", envFTPPass
	}
	const category = "Access"
	flags := []cli.Flag{
		&cli.StringFlag{
			Name:    "blog-id",
			Aliases: []string{"blog_id"},
			Usage:   "WordPress.com's blog `ID`; WordPress isn't looked at",
		},
		&cli.StringFlag{Name: "host", Usage: name + " `HOST`", Category: category},
		&cli.StringFlag{Name: "user", Usage: name + " `USER`", Category: category},
		&cli.StringFlag{
			Name:     "port",
			Usage:    name + " `PORT`, " + port + " if not said",
			Category: category,
		},
		&cli.StringFlag{
			Name:     "pass-file",
			Usage:    "`FILE` with the password, readable by nobody else; - is standard input [or the password in $" + variable + "]",
			Category: category,
		},
	}
	if kind == "ssh" {
		flags = append(
			flags,
			&cli.StringFlag{
				Name:     "private-key",
				Usage:    "`FILE` with the private key, instead of a password",
				Category: category,
			},
		)
	}
	return &cli.Command{
		Name: "set-" + kind, Usage: "set the " + name + " access of the site here, or of a blog ID", ArgsUsage: "[SITE] [@alias]",
		Flags: slices.Concat(flags, wpFlags(), ledgerFlags(), apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := setCredentialsFlags(c, a, kind, variable)
			if err != nil {
				return exitUsage, err
			}
			return setCredentialsRun(c.Context, a, o)
		}, "[SITE]"),
	}
}

func setCredentialsFlags(
	c *cli.Context, a *app, kind, variable string,
) (o setCredentialsOptions, err error) {
	o = setCredentialsOptions{
		site: siteFlags(c, a),
		kind: kind,
		host: c.String("host"),
		user: c.String("user"),
		port: c.String("port"),
	}
	if o.api, err = apiFlagValues(c, a); err == nil {
		err = o.api.creds.required()
	}
	switch {
	case err != nil:
	case c.IsSet("blog-id") && !isBlogID(c.String("blog-id")):
		err = &usageError{
			text: "--blog-id is not a blog ID: " + quoted(c.String("blog-id")),
			hint: "this call takes no URL",
		}
	case c.Args().Present() && (c.IsSet("blog-id") || o.site.alias != ""):
		err = &usageError{
			text: "the site is named twice: " + quoted(c.Args().First()),
			hint: "give SITE, --blog-id or @alias",
		}
	case c.IsSet("blog-id") && o.site.alias != "":
		err = &usageError{
			text: "--blog-id and " + o.site.alias + " are both given",
			hint: "one names the site",
		}
	case o.host == "":
		err = &usageError{text: "no --host"}
	case o.user == "":
		err = &usageError{text: "no --user"}
	case o.port != "" && !validPort(o.port):
		err = &usageError{text: fmt.Sprintf("--port is not a port: %q", o.port)}
	case c.String("private-key") != "" && c.String("pass-file") != "":
		err = &usageError{
			text: "--private-key and --pass-file are both given",
			hint: "the API takes one of the two",
		}
	}
	if err != nil {
		return o, err
	}
	o.ledger, o.siteURL = ledgerDSN(c, a), c.Args().First()
	id := c.String("blog-id")
	if isBlogID(o.siteURL) {
		id, o.siteURL = o.siteURL, ""
	}
	o.blogID, _ = strconv.ParseInt(id, 10, 64)
	return o, o.readSecrets(c, a, variable)
}

// readSecrets takes a file that is named before the environment.
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

// blogIDFromLedger finds the blog ID that a site had when its plan was provisioned: the API takes
// no URL here, and has no call that gives the ID for one.
func blogIDFromLedger(ctx context.Context, dsn, siteURL string) (int64, error) {
	unknown := &failure.Error{
		Code:    codeUnknownSite,
		Message: "the ledger doesn't know the blog ID of " + siteURL,
	}
	if dsn == "" || dsn == "none" {
		return 0, unknown
	}
	book, err := openLedger(ctx, dsn)
	if err != nil {
		return 0, err
	}
	defer book.Close()
	id, err := book.Identity(ctx, siteURL)
	if errors.Is(err, ledger.ErrNotFound) {
		return 0, unknown
	}
	return id, err
}

func setCredentialsRun(ctx context.Context, a *app, o setCredentialsOptions) (int, error) {
	api, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	out := record{}
	if o.blogID == 0 && o.siteURL != "" {
		out["siteurl"] = o.siteURL
		if o.blogID, err = blogIDFromLedger(ctx, o.ledger, o.siteURL); err != nil {
			return a.failed(ctx, err, out), nil
		}
	}
	if o.blogID == 0 {
		if o.blogID, err = a.blogIDHere(ctx, o.site, out); err != nil {
			return a.failed(ctx, err, out), nil
		}
	}
	out["blog_id"] = o.blogID
	var requestID string
	if o.kind == "ssh" {
		requestID, err = api.SetSSHCredentials(
			ctx,
			o.blogID,
			jetpack.SSHCredentials{
				Host:       o.host,
				User:       o.user,
				Port:       o.port,
				Pass:       o.pass,
				PrivateKey: o.privateKey,
			},
		)
	} else {
		requestID, err = api.SetFTPCredentials(ctx, o.blogID, jetpack.FTPCredentials{Host: o.host, User: o.user, Port: o.port, Pass: o.pass})
	}
	if err != nil {
		return a.failed(ctx, err, out), nil
	}
	out["success"], out["outcome"] = true, "set"
	if requestID != "" {
		out["request_id"] = requestID
	}
	return exitOK, a.printJSON(out)
}

// blogIDHere asks the WordPress here. A clone's blog ID is another site's: its backups must not be
// led here.
func (a *app) blogIDHere(ctx context.Context, site siteOptions, known record) (int64, error) {
	found, err := a.wp(site).Probe(ctx, "")
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
			Code:    provision.CodeSafeMode,
			Message: "Jetpack is in safe mode: this site is a clone of another, whose blog ID it has; nothing was sent",
		}
	case found.BlogID == 0:
		return 0, &failure.Error{
			Code:    codeNotConnected,
			Message: "the site is not connected, it has no blog ID; nothing was sent",
		}
	}
	return found.BlogID, nil
}
