package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/crash"
	"jetpack-start/internal/failure"
	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// check is one line of doctor's output.
type check struct {
	Name   string `json:"name"`
	State  string `json:"state"` // checkOK, checkWarn or checkFail
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

var doctorFields = []string{"name", "state", "detail", "hint"}

// The states of a check.
const (
	checkOK   = "ok"
	checkWarn = "warn"
	checkFail = "fail"
)

// A clock that is off by more than these limits is a warning and a failure: certificates and signed
// requests fail then.
const (
	clockWarn = time.Minute
	clockFail = 5 * time.Minute
)

type doctorOptions struct {
	api   apiOptions
	site  siteOptions
	view  view
	uid   int
	root  bool           // --allow-root
	as    *wpcli.Account // as whom wp runs, nil for this process's user
	asErr error          // why that isn't clear
	now   func() time.Time
}

func doctorCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "doctor", Usage: "check wp, the docroot, credentials, the API and the clock",
		ArgsUsage: "[@alias]",
		Flags:     slices.Concat(listFlags(doctorFields), wpFlags(), apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			api, err := apiValues(c, a)
			if err != nil {
				return exitUsage, err
			}
			site := siteValues(c, a)
			_, as, asErr := a.runAs(site, a.locate(site))
			return doctorRun(c.Context, a, doctorOptions{
				api: api, site: site, view: viewValue(c, doctorFields, doctorFields),
				uid: os.Getuid(), root: c.Bool("allow-root"), as: as, asErr: asErr, now: time.Now,
			})
		}),
	}
}

func doctorRun(ctx context.Context, a *app, o doctorOptions) (int, error) {
	client, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	var site, api []check
	waitForSite := crash.Go(func() { site = o.checkSite(ctx, a.wp(o.site)) })
	api = o.checkAPI(ctx, client)
	waitForSite()
	checks := slices.Concat([]check{o.checkUser()}, site, []check{o.checkCredentials()}, api)

	code := exitOK
	for _, c := range checks {
		if c.State == checkFail {
			code = exitFailed
		}
	}
	if ctx.Err() != nil {
		code = exitInterrupted
	}
	if !o.view.asked && o.view.format == "json" {
		return code, a.printJSON(map[string]any{"success": code == exitOK, "checks": checks})
	}
	rows := []record{}
	if o.view.asked || o.view.format != "table" {
		for _, c := range checks {
			rows = append(rows,
				record{"name": c.Name, "state": c.State, "detail": c.Detail, "hint": c.Hint})
		}
		return code, o.view.list(a.stdout, rows)
	}
	// A hint has a line of its own, because it is too long for a column.
	for _, c := range checks {
		rows = append(rows, record{"state": c.State, "name": c.Name, "detail": c.Detail})
		if c.Hint != "" {
			rows = append(rows, record{"detail": "hint: " + c.Hint})
		}
	}
	return code, view{shown: []string{"state", "name", "detail"}}.table(a.stdout, rows)
}

// checkUser checks whether the site's code runs as root.
func (o doctorOptions) checkUser() check {
	switch {
	case o.asErr != nil:
		f := explain(context.Background(), o.asErr)
		return check{"user", checkFail, f.text(), f.hint}
	case o.as != nil:
		return check{
			"user", checkOK, fmt.Sprintf("root; wp runs as %s (uid %d)", o.as.Name, o.as.UID), "",
		}
	case o.uid == 0 && o.root:
		return check{
			"user", checkWarn, "root, with --allow-root: the site's code runs as root",
			"run as the site's user if you can",
		}
	case o.uid == 0:
		return check{
			"user", checkWarn, "root: wp refuses to run without --allow-root",
			"run as the site's user, or add --allow-root",
		}
	}
	return check{"user", checkOK, fmt.Sprintf("not root (uid %d)", o.uid), ""}
}

// checkSite checks wp, WordPress and Jetpack.
func (o doctorOptions) checkSite(ctx context.Context, wp *wpcli.CLI) []check {
	site, err := wp.Probe(ctx, "")
	var wpErr *wpcli.Error
	switch {
	case errors.Is(err, wpcli.ErrNotFound), errors.Is(err, wpcli.ErrTooOld):
		f := explain(ctx, err)
		return []check{{"wp", checkFail, f.message, f.hint}}
	case errors.As(err, &wpErr):
		code := wpCode(wpErr)
		return []check{
			{"wp", checkOK, "runs", ""},
			{"wordpress", checkFail, err.Error(), errorTable[code].solution},
		}
	case err != nil:
		return []check{{"wp", checkFail, err.Error(), ""}}
	}
	checks := []check{
		{"wp", checkOK, "WP-CLI " + site.WPCLI + ", PHP " + site.PHP, ""},
		checkWordPress(site),
	}
	checks = append(checks, checkJetpack(site))
	if site.Offline != "" {
		checks = append(checks, check{
			"offline mode", checkWarn,
			site.Offline + ": Jetpack doesn't connect, so no plan can be approved",
			"switch it off before provisioning",
		})
	}
	return checks
}

// checkWordPress checks that the site's URL can be sent to the API.
func checkWordPress(site *wpcli.Site) check {
	var problem *failure.Error
	if errors.As(provision.CheckOwnURL(site.SiteURL), &problem) {
		return check{"wordpress", checkFail, problem.Message, problem.Hint}
	}
	return check{
		"wordpress", checkOK, "WordPress " + site.WordPress + " at " + site.SiteURL, "",
	}
}

// checkJetpack checks the plugin and its connection.
func checkJetpack(site *wpcli.Site) check {
	plugin := site.Plugins["jetpack"]
	active := "active " + plugin.Version + place("jetpack", plugin)
	state, detail, hint := checkOK, active+", not connected yet", ""
	switch {
	case site.SafeMode:
		state, detail = checkFail, "safe mode: this site is a copy of another"
		hint = errorTable[provision.CodeSafeMode].solution
	case !plugin.Installed && !site.FileMods:
		state, detail = checkFail, "not installed, and DISALLOW_FILE_MODS forbids installing it"
		hint = "install Jetpack the way this site is deployed"
	case !plugin.Installed:
		state, detail, hint = checkWarn, "not installed", "provision installs it"
	case !plugin.Active:
		state, detail, hint = checkWarn, "installed, not active", "provision activates it"
	case site.RegistrationBroken():
		state, detail = checkWarn, active+", connection broken: "+site.ConnectionProblem()
		hint = "provision with --force-register=1 if the plan doesn't arrive"
	case site.ConnectionProblem() != "":
		state, detail = checkWarn, active+", connection broken: "+site.ConnectionProblem()
		hint = "let an administrator of the site connect it in wp-admin"
	case site.Connected():
		detail = fmt.Sprintf("%s, connected as blog %d", active, site.BlogID)
	case site.Registered():
		detail = fmt.Sprintf("%s, registered as blog %d, not approved yet", active, site.BlogID)
	}
	return check{"jetpack", state, detail, hint}
}

// checkCredentials checks that there are credentials, not whether they are right.
func (o doctorOptions) checkCredentials() check {
	creds := o.api.creds
	if err := creds.required(); err != nil {
		var usage *usageError
		errors.As(err, &usage)
		return check{"credentials", checkFail, usage.text, usage.hint}
	}
	detail := "partner ID from " + creds.idFrom + ", secret from " + creds.secretFrom
	return check{"credentials", checkOK, detail, ""}
}

// checkAPI checks that the API answers, that this machine's clock agrees with it, and that it
// accepts the credentials.
func (o doctorOptions) checkAPI(ctx context.Context, client *jetpack.Client) []check {
	begin := o.now()
	date, err := client.Ping(ctx)
	if err != nil {
		f := explain(ctx, err)
		return []check{{"api", checkFail, f.text(), f.hint}}
	}
	took := o.now().Sub(begin)
	checks := []check{
		{"api", checkOK, fmt.Sprintf("answers in %v", took.Round(time.Millisecond)), ""},
		o.checkClock(date),
	}
	if o.api.creds.required() != nil {
		return checks
	}
	if err := client.Verify(ctx); err != nil {
		f := explain(ctx, err)
		return append(checks, check{"token", checkFail, f.text(), f.hint})
	}
	return append(checks, check{"token", checkOK, "the API accepts the credentials", ""})
}

// checkClock compares this machine's clock with date, the time at the API.
func (o doctorOptions) checkClock(date time.Time) check {
	if date.IsZero() {
		return check{"clock", checkWarn, "the API's answer has no date to compare with", ""}
	}
	off := o.now().Sub(date).Abs()
	detail := fmt.Sprintf("differs by %v from the API's", off.Round(time.Second))
	switch {
	case off > clockFail:
		return check{"clock", checkFail, detail, "set this machine's clock (NTP)"}
	case off > clockWarn:
		return check{"clock", checkWarn, detail, "set this machine's clock (NTP)"}
	}
	return check{"clock", checkOK, detail, ""}
}
