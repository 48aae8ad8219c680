package cli

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/provision"
	"jetpack-start/wpcli"
)

// identityFlags are the flags of the commands that compare a site with what the ledger and the
// caller know of it.
func identityFlags() []cli.Flag {
	return append(ledgerFlags(),
		boolFlag(catSafety, "force-identity", "continue even if the ledger has another blog ID or "+
			"URL for this site, or another customer's docroot for its URL"),
		textFlag(catSafety, "expect-url", "`URL` that the site must have as its siteurl or home; "+
			"for another site nothing is sent or changed [$"+envExpectURL+"]"),
		boolFlag(catSafety, "strict-identity", "refuse a site if nobody but itself says that it "+
			"has its URL and blog ID; without it that is a warning at most [$"+envStrict+"=1]"))
}

// identityOptions say which site the one here may be.
type identityOptions struct {
	ledger    string // file or DSN
	force     bool
	strict    bool
	expectURL string // "" expects nothing
}

// identityValues returns the values of identityFlags.
func identityValues(c *cli.Context, a *app) (o identityOptions, err error) {
	o.ledger, o.force = ledgerValue(c, a), c.Bool("force-identity")
	o.strict = c.Bool("strict-identity")
	if !c.IsSet("strict-identity") {
		if o.strict, err = strictFromEnv(a); err != nil {
			return o, err
		}
	}
	if !c.IsSet("expect-url") {
		o.expectURL, err = expectFromEnv(a)
		return o, err
	}
	o.expectURL = c.String("expect-url")
	return o, checkSiteURL("--expect-url", o.expectURL)
}

// expectFromEnv returns the URL that the site must have according to the environment, or "".
func expectFromEnv(a *app) (string, error) {
	value := a.getenv(envExpectURL)
	if value == "" {
		return "", nil
	}
	return value, checkSiteURL(envExpectURL, value)
}

// strictFromEnv returns whether the environment asks for a strict identity.
func strictFromEnv(a *app) (bool, error) {
	value := a.getenv(envStrict)
	if value == "" {
		return false, nil
	}
	strict, err := strconv.ParseBool(value)
	if err != nil {
		return false, &usageError{
			text: envStrict + " is neither 1 nor 0: " + quoted(value),
			hint: "1 refuses a site whose identity nobody confirms",
		}
	}
	return strict, nil
}

// apply enters the options, except the ledger, into the driver.
func (o identityOptions) apply(d *provision.Driver) {
	d.ForceIdentity, d.ExpectURL, d.StrictIdentity = o.force, o.expectURL, o.strict
}

// probeIdentified reads the site, and returns an error if it isn't the expected one, or can't be
// what it says of itself. sendsID tells whether its blog ID will be sent to the API.
func (a *app) probeIdentified(
	ctx context.Context, api provision.API, s siteOptions, o identityOptions, sendsID bool,
) (*wpcli.Site, error) {
	driver := a.driver(api, s, 0)
	o.apply(driver)
	site, err := driver.WP.Probe(ctx, "")
	if err == nil {
		err = provision.CheckExpected(site, o.expectURL)
	}
	if err != nil {
		return nil, err
	}
	if site.SafeMode {
		return site, nil // the caller refuses it
	}
	defer a.withLedger(ctx, driver, o.ledger)()
	return site, driver.CheckIdentity(ctx, site, sendsID)
}

// docrootOf returns the docroot of the WordPress that wp read. The site says where that is, and its
// owner can make it say anything, so it isn't believed if it can be found out here: the site is
// refused if its files belong to somebody else than the docroot where wp was run.
func (a *app) docrootOf(s siteOptions, site *wpcli.Site) (ledger.Docroot, error) {
	machine, err := os.Hostname()
	location := a.locate(s)
	if location.target != "" {
		return remoteDocroot(location.target, location.remoteDir, machine), nil
	}
	if err != nil || location.remote {
		return ledger.Docroot{}, nil
	}
	docroot := location.dir
	if _, err := os.Stat(filepath.Join(docroot, "wp-load.php")); err != nil ||
		location.unclear != "" {
		docroot = site.AbsPath
	}
	path, uid, err := owned(docroot)
	if err != nil { // wp may run in a container
		return ledger.Docroot{}, nil
	}
	if s.runAs == "" {
		if err := location.checkLeads(uid); err != nil {
			return ledger.Docroot{}, err
		}
	}
	// Files of root's may be shared by all sites.
	_, actual, err := owned(site.AbsPath)
	if err == nil && actual != uid && actual != 0 {
		return ledger.Docroot{}, fmt.Errorf(
			"wp read the WordPress in %s of %s, not that in %s of %s",
			quoted(site.AbsPath), userName(actual), quoted(docroot), userName(uid))
	}
	return ledger.LocalDocroot(machine, path, uid), nil
}

// sshTarget matches the target of --ssh as WP-CLI does (php/utils.php): scheme, user, host, port
// and path.
var sshTarget = regexp.MustCompile(
	`^(?:(docker|docker-compose|docker-compose-run|ssh|vagrant):)?` +
		`(?:([^@:]+)@)?([^:/~]+)(?::(\d*))?([/~].+)?$`,
)

// parseTarget returns the host or container of a target of --ssh, its user, and its path.
func parseTarget(target string) (host, user, path string) {
	found := sshTarget.FindStringSubmatch(target)
	if found == nil {
		return "", "", ""
	}
	host = strings.ToLower(found[3])
	switch scheme := found[1]; {
	case strings.HasPrefix(scheme, "docker"):
		host = "docker:" + found[3]
	case found[4] != "" && found[4] != "22":
		host += ":" + found[4]
	}
	return host, found[2], found[5]
}

// remoteDocroot returns the docroot that a target of --ssh names, which is on this machine if it is
// a container. dir is that of --path or of the alias, and overrides the target's. If neither is
// given, WP-CLI searches from the user's home directory: that of the container or the user stands
// for the docroot, because the site could say any.
func remoteDocroot(target, dir, machine string) ledger.Docroot {
	host, user, path := parseTarget(target)
	if host == "" {
		return ledger.Docroot{}
	}
	if dir != "" {
		path = dir
	}
	if path != "" {
		path = filepath.Clean(path)
	}
	container, isContainer := strings.CutPrefix(host, "docker:")
	switch {
	case isContainer:
		return ledger.RemoteDocroot("docker on "+machine, container+path)
	case path == "":
		path = "~" + user
	case strings.HasPrefix(path, "~/"):
		path = "~" + user + path[1:]
	}
	return ledger.RemoteDocroot("ssh "+host, path)
}

// owned returns the docroot and the user ID of its owner; or if that is root, its wp-config.php
// and whose that is: the site may be a customer's in a directory of root's. A link counts as its
// owner's own file, because anybody can make one to the files of another.
func owned(docroot string) (path string, uid uint32, err error) {
	if docroot == "" {
		return "", 0, os.ErrNotExist
	}
	uid, err = fileOwner(os.Lstat(docroot))
	if err != nil || uid != 0 {
		return docroot, uid, err
	}
	config := wpConfigOf(docroot)
	if owner, err := fileOwner(os.Lstat(config)); err == nil && owner != 0 {
		return config, owner, nil
	}
	return docroot, uid, nil
}
