package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// check is one line of doctor.
type check struct {
	Name   string `json:"name"`
	State  string `json:"state"` // ok, warn or fail
	Detail string `json:"detail"`
	Hint   string `json:"hint,omitempty"`
}

var doctorFields = []string{"name", "state", "detail", "hint"}

const (
	checkOK   = "ok"
	checkWarn = "warn"
	checkFail = "fail"
)

// clockLimits: a clock that is off by more makes certificates and signed requests fail.
const (
	clockWarn = time.Minute
	clockFail = 5 * time.Minute
)

type doctorOptions struct {
	api  apiOptions
	site siteOptions
	view view
	uid  int
	root bool // --allow-root
	now  func() time.Time
}

func doctorCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "doctor", Usage: "check wp, the docroot, credentials, the API and the clock", ArgsUsage: "[@alias]",
		Flags: slices.Concat(listFlags(doctorFields), wpFlags(), apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o := doctorOptions{
				site: siteFlags(c, a),
				uid:  os.Getuid(),
				root: c.Bool("allow-root"),
				now:  time.Now,
			}
			var err error
			if o.view, err = viewOf(c, doctorFields, doctorFields); err == nil {
				o.api, err = apiFlagValues(c, a)
			}
			if err != nil {
				return exitUsage, err
			}
			return doctorRun(c.Context, a, o)
		}),
	}
}

func doctorRun(ctx context.Context, a *app, o doctorOptions) (int, error) {
	client, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	var site, api []check
	var both sync.WaitGroup
	both.Go(func() { site = o.checkSite(ctx, a.wp(o.site)) })
	both.Go(func() { api = o.checkAPI(ctx, client) })
	both.Wait()
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
	rows := []record{}
	for _, c := range checks {
		rows = append(
			rows, record{"name": c.Name, "state": c.State, "detail": c.Detail, "hint": c.Hint},
		)
	}
	switch {
	case o.view.asked:
		return code, o.view.list(a.stdout, rows)
	case o.view.format == "json":
		return code, a.printJSON(map[string]any{"success": code == exitOK, "checks": checks})
	case o.view.format != "table":
		return code, o.view.list(a.stdout, rows)
	}
	// At a glance: a hint stands below what it is about.
	rows = rows[:0]
	for _, c := range checks {
		rows = append(rows, record{"state": c.State, "name": c.Name, "detail": c.Detail})
		if c.Hint != "" {
			rows = append(rows, record{"detail": "hint: " + c.Hint})
		}
	}
	return code, view{shown: []string{"state", "name", "detail"}}.table(a.stdout, rows)
}

func (o doctorOptions) checkUser() check {
	c := check{Name: "user", State: checkOK, Detail: fmt.Sprintf("not root (uid %d)", o.uid)}
	switch {
	case o.uid == 0 && o.root:
		c.State, c.Detail, c.Hint = checkWarn, "root, with --allow-root: the site's code runs as root", "run as the site's user where you can"
	case o.uid == 0:
		c.State, c.Detail, c.Hint = checkWarn, "root: wp refuses to run without --allow-root", "run as the site's user, or add --allow-root"
	}
	return c
}

// checkSite asks wp for the site, and where that fails for wp alone, to tell which of the two is
// missing.
func (o doctorOptions) checkSite(ctx context.Context, wp *wpcli.CLI) []check {
	site, err := wp.Probe(ctx, "")
	var wpErr *wpcli.Error
	switch {
	case errors.Is(err, wpcli.ErrNotFound):
		return []check{{"wp", checkFail, err.Error(), errorTable["wp_not_found"].solution}}
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
		{"wordpress", checkOK, "WordPress " + site.WordPress + " at " + site.SiteURL, ""},
	}
	jp := check{
		Name:   "jetpack",
		State:  checkOK,
		Detail: "active " + site.Plugins["jetpack"].Version,
	}
	switch plugin := site.Plugins["jetpack"]; {
	case site.SafeMode:
		jp = check{
			"jetpack",
			checkFail,
			"safe mode: this site is a clone of another",
			errorTable["safe_mode"].solution,
		}
	case !plugin.Installed && !site.FileMods:
		jp = check{
			"jetpack",
			checkFail,
			"not installed, and DISALLOW_FILE_MODS forbids installing it",
			"install Jetpack the way this site is deployed",
		}
	case !plugin.Installed:
		jp = check{"jetpack", checkWarn, "not installed", "provision installs it"}
	case !plugin.Active:
		jp = check{"jetpack", checkWarn, "installed, not active", "provision activates it"}
	case site.HalfConnected():
		jp.State, jp.Detail, jp.Hint = checkWarn, jp.Detail+", connection half made", "provision with --force-register=1 if the plan doesn't arrive"
	case site.Connected():
		jp.Detail += fmt.Sprintf(", connected as blog %d", site.BlogID)
	default:
		jp.Detail += ", not connected yet"
	}
	return append(checks, jp)
}

func (o doctorOptions) checkCredentials() check {
	creds := o.api.creds
	if err := creds.required(); err != nil {
		var usage *usageError
		errors.As(err, &usage)
		return check{"credentials", checkFail, usage.text, usage.hint}
	}
	return check{
		"credentials",
		checkOK,
		"partner ID from " + creds.idFrom + ", secret from " + creds.secretFrom,
		"",
	}
}

// checkAPI looks whether the API answers, what its clock says, and whether it takes the
// credentials.
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
	return append(checks, check{"token", checkOK, "the API takes the credentials", ""})
}

func (o doctorOptions) checkClock(date time.Time) check {
	if date.IsZero() {
		return check{"clock", checkWarn, "the API's answer has no date to compare with", ""}
	}
	off := o.now().Sub(date).Abs()
	detail := fmt.Sprintf("%v from the API's", off.Round(time.Second))
	switch {
	case off > clockFail:
		return check{"clock", checkFail, detail, "set this machine's clock (NTP)"}
	case off > clockWarn:
		return check{"clock", checkWarn, detail, "set this machine's clock (NTP)"}
	}
	return check{"clock", checkOK, detail, ""}
}
