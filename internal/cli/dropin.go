package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"time"

	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
	"jetpack-start/wpcli"
)

// The drop-ins replace Jetpack's partner-provision.sh and partner-cancel.sh. They take every
// argument of a published version, and have the same streams and exit codes (docs/contract.md, "The
// old scripts").
const (
	partnerProvision = "partner-provision"
	partnerCancel    = "partner-cancel"
)

// dropIn returns which drop-in is called, or "": by the program's own name, through a symlink, or
// by the first argument, as scripts/partner-*.sh do. rest are its arguments, scriptDir is the
// directory of the script.
func dropIn(
	args []string, getenv func(string) string,
) (kind string, rest []string, scriptDir string) {
	if len(args) == 0 {
		return "", nil, ""
	}
	switch name := strings.TrimSuffix(filepath.Base(args[0]), ".sh"); {
	case name == partnerProvision || name == partnerCancel:
		if strings.Contains(args[0], "/") {
			scriptDir = filepath.Dir(args[0])
		}
		return name, args[1:], scriptDir
	case len(args) > 1 && (args[1] == partnerProvision || args[1] == partnerCancel):
		return args[1], args[2:], getenv(envScriptDir)
	}
	return "", nil, ""
}

// dropInRun runs a drop-in and returns the exit code.
func dropInRun(ctx context.Context, a *app, kind string, args []string, scriptDir string) int {
	got, help, problem := parseDropIn(kind, args)
	if help {
		fmt.Fprint(a.stdout, dropInUsage(kind))
		return exitOK
	}
	if problem == "" {
		got.completeFromEnv(a)
		problem = got.problem(kind)
	}
	if problem != "" {
		_, _ = fmt.Fprintf(a.failures(kind), "jetpack-start: %s\n%s",
			oneLine(problem), dropInUsage(kind))
		return exitFailed
	}
	a.held = &[]string{}
	result, err := dropInDo(ctx, a, kind, got, scriptDir)
	return a.reportDropIn(ctx, kind, result, err)
}

// failures returns the stream to which a drop-in writes its failures. The old partner-cancel.sh
// wrote all to stdout, of which hosts parse the last line (docs/contract.md, "The old scripts").
func (a *app) failures(kind string) io.Writer {
	if kind == partnerCancel {
		return a.stdout
	}
	return a.stderr
}

// dropInDo provisions or cancels. The result is never nil.
func dropInDo(
	ctx context.Context, a *app, kind string, got dropInArgs, scriptDir string,
) (*provision.Result, error) {
	site, err := dropInSite(a, kind, got, scriptDir)
	if err != nil {
		return &provision.Result{}, err
	}
	api, err := dropInAPI(a, got)
	if err != nil {
		return &provision.Result{}, err
	}
	driver := a.driver(api, site, 0)
	if driver.ExpectURL, err = expectFromEnv(a); err == nil {
		driver.StrictIdentity, err = strictFromEnv(a)
	}
	if err != nil {
		return &provision.Result{}, err
	}
	if kind == partnerCancel {
		return a.cancel(ctx, driver, a.folders().ledger, provision.CancelOptions{
			SiteURL: got["url"], Here: true,
			Request: jetpack.CancelRequest{TrackingID: got["partner-tracking-id"]},
		})
	}
	request, err := got.request()
	if err != nil {
		return &provision.Result{}, err
	}
	defer a.withLedger(ctx, driver, a.folders().ledger)()
	return driver.Provision(ctx, provision.Options{
		Request: request, ExpectWordPress: a.locate(site).wordPressExpected(),
	})
}

// dropInAPI returns the client for the arguments and the environment.
func dropInAPI(a *app, got dropInArgs) (*jetpack.Client, error) {
	timeout, err := timeoutFromEnv(a.getenv, envAPITimeout, defaultAPITimeout)
	if err != nil {
		return nil, err
	}
	base, hostHeader := apiFromEnv(a.getenv)
	return a.api(apiOptions{
		url: base, hostHeader: hostHeader, timeout: timeout, retryFor: defaultRetryFor,
		creds: credentials{id: got["partner_id"], secret: jetpack.Secret(got["partner_secret"])},
	})
}

// dropInSite returns how to run wp, by the arguments and the environment.
func dropInSite(
	a *app, kind string, got dropInArgs, scriptDir string,
) (siteOptions, error) {
	site := siteOptions{wpCLI: got["wp-cli-path"], env: envNames(a.getenv(envWPEnv))}
	for _, limit := range []struct {
		env       string
		byDefault time.Duration
		into      *time.Duration
	}{
		{envWPTimeout, defaultWPTimeout, &site.timeout},
		{envSetupTimeout, wpcli.DefaultSetupTimeout, &site.setupTimeout},
		{envRequestTimeout, wpcli.DefaultRequestTimeout, &site.requestTimeout},
	} {
		var err error
		*limit.into, err = timeoutFromEnv(a.getenv, limit.env, limit.byDefault)
		if err != nil {
			return siteOptions{}, err
		}
	}
	if mode := a.getenv(envProbe); mode != "" {
		if err := checkChoice(envProbe, mode, probeModes); err != nil {
			return siteOptions{}, err
		}
		site.probe = wpcli.ProbeMode(mode)
	}
	if site.wpCLI == "" {
		site.wpCLI = a.getenv(envWPCLI)
	}
	site.find(kind, scriptDir)
	// The old partner-cancel.sh always ran wp with --allow-root.
	if got["allow-root"] != "" || kind == partnerCancel && os.Getuid() == 0 {
		site.global = append(site.global, "--allow-root")
	}
	if kind == partnerProvision && got["url"] != "" {
		site.global = append(site.global, "--url="+got["url"])
	}
	return site, nil
}

// request returns the provision request of the arguments.
func (got dropInArgs) request() (jetpack.ProvisionRequest, error) {
	r := jetpack.ProvisionRequest{
		SiteURL: got["site_url"], LocalUser: got["user"], Plan: got["plan"],
		HomeURL: got["home_url"], ForceRegister: got["force_register"],
		ForceConnect: got["force_connect"], Onboarding: got["onboarding"],
		WPComUserID: got["wpcom_user_id"], WPComUserEmail: got["wpcom_user_email"],
		TrackingID: got["partner-tracking-id"],
		SSHHost:    got["ssh-host"], SSHUser: got["ssh-user"], SSHPort: got["ssh-port"],
		SSHPass: jetpack.Secret(got["ssh-pass"]),
		FTPHost: got["ftp-host"], FTPUser: got["ftp-user"], FTPPort: got["ftp-port"],
		FTPPass: jetpack.Secret(got["ftp-pass"]),
	}
	if r.SiteURL == "" {
		r.SiteURL = got["url"]
	}
	if path := got["ssh-private-key"]; path != "" {
		key, err := readDropInKey(path)
		if err != nil {
			return r, err
		}
		r.SSHPrivateKey = jetpack.Secret(key)
	}
	return r, nil
}

// find sets where wp looks for the WordPress, as the old scripts did. They were part of the Jetpack
// plugin: cancel and the older versions of provision went to their own directory first, the last
// version of provision stayed in the working directory. So cancel takes what the script's directory
// leads to, provision what the working directory leads to, and each the other one if that is
// nothing.
func (s *siteOptions) find(kind, scriptDir string) {
	if scriptDir == "" {
		return
	}
	dir, err := filepath.Abs(scriptDir)
	if err != nil || !leadsToWordPress(dir) {
		return
	}
	here, err := os.Getwd()
	if err == nil && kind == partnerProvision && leadsToWordPress(here) {
		return
	}
	if docroot := wordPressAbove(dir); docroot != "" {
		s.global = append(s.global, "--path="+docroot)
		return
	}
	s.dir = dir // wp reads the wp-cli.yml or the index.php that leads to the WordPress
	if _, err := os.Stat(s.wpCLI); err == nil && strings.Contains(s.wpCLI, "/") {
		s.wpCLI = absolute(s.wpCLI)
	}
}

// reportDropIn prints the result as the old scripts did: the API's JSON unchanged on stdout, or a
// failure as one line of JSON.
func (a *app) reportDropIn(ctx context.Context, kind string, r *provision.Result, err error) int {
	held := *a.held
	a.held = nil
	if err != nil {
		_ = writeJSON(a.failures(kind), dropInFailure(ctx, r, err, held), "")
		return exitFailed
	}
	for _, warning := range held {
		a.warn(warning, "")
	}
	raw := r.Raw
	if r.UserToken == "stored" {
		raw = jetpack.WithoutAccessToken(raw)
	}
	if r.Outcome == provision.Unchanged || len(raw) == 0 {
		// The API's answer was lost and the status requested instead, or it is an error that means
		// that the plan is there.
		_ = a.printJSON(r)
		return exitOK
	}
	if _, err := a.stdout.Write(append(bytes.TrimRight(raw, "\r\n"), '\n')); err != nil {
		return exitFailed
	}
	return exitOK
}

// dropInFailure returns a failure as a drop-in prints it: the API's own fields, with ours in both
// spellings that the old scripts used.
func dropInFailure(
	ctx context.Context, r *provision.Result, err error, held []string,
) map[string]any {
	f := explain(ctx, err)
	var usage *usageError
	if errors.As(err, &usage) {
		f = problem{code: "invalid_argument", message: usage.text, hint: usage.hint}
	}
	out := map[string]any{}
	var api map[string]any
	if json.Unmarshal(f.raw, &api) == nil {
		maps.Copy(out, api)
	}
	maps.Copy(out, map[string]any{
		"success": false, "error_code": f.code, "error_message": f.message,
		"error": f.code, "message": f.message,
	})
	add := record(out).add
	add("retryable", true, f.retryable)
	add("request_id", f.requestID, f.requestID != "")
	add("hint", f.hint, f.hint != "")
	add("warnings", held, len(held) > 0)
	add("done", r.Done, len(r.Done) > 0)
	add("next_url", r.NextURL, r.NextURL != "")
	return out
}
