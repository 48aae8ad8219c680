package scripttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"

	"jetpack-start/internal/sandbox"
)

// cmdSandbox starts a partner API for the script and points jetpack-start at it: sandbox [https]
// [--site=…] [--fault=…] [--latency=…] [--repeat-code=…] [--partner=…] [--licensing-token=…]. A
// second call replaces the first, state and all.
func cmdSandbox(ts *testscript.TestScript, neg bool, args []string) {
	work := ts.Getenv("WORK")
	cfg := sandbox.Config{HTTP: true, Log: filepath.Join(work, ".wp", "requests")}
	_ = os.Remove(cfg.Log)
	partner := testPartner + ":" + testSecret
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "https":
			cfg.HTTP, cfg.CAOut = false, filepath.Join(work, ".wp", "ca.pem")
		case "--site":
			cfg.Sites = append(cfg.Sites, value)
		case "--fault":
			cfg.Faults = append(cfg.Faults, value)
		case "--latency":
			latency, err := time.ParseDuration(value)
			ts.Check(err)
			cfg.Latency = latency
		case "--repeat-code":
			cfg.RepeatCode = value
		case "--options":
			partner += "," + value
		case "--next-url":
			cfg.NextURL = value
		case "--licensing-token":
			cfg.Licensing = append(cfg.Licensing, value)
			ts.Setenv("JETPACK_LICENSING_TOKEN", value)
		case "--partner":
			cfg.Partners = append(cfg.Partners, value)
		default:
			ts.Fatalf("sandbox: unknown argument %s", arg)
		}
	}
	if cfg.NextURL == "" {
		cfg.NextURL = "https://wordpress.com/start/pressable-nux" // the same in every run, for cmp
	}
	cfg.Partners = append([]string{partner}, cfg.Partners...)
	server, err := sandbox.New(cfg)
	ts.Check(err)
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- server.Run(ctx, func(base string) { ready <- base }) }()
	select {
	case base := <-ready:
		ts.Setenv("SANDBOX", base)
		if cfg.HTTP {
			ts.Setenv("JETPACK_START_API_URL", base)
		} else {
			ts.Setenv("JETPACK_START_API_URL", "")
			ts.Setenv("JETPACK_START_API_HOST", strings.TrimPrefix(base, "https://"))
			ts.Setenv("SSL_CERT_FILE", cfg.CAOut)
		}
	case err := <-done:
		cancel()
		ts.Fatalf("sandbox: %v", err)
	}
	ts.Defer(func() {
		cancel()
		<-done
	})
}

// cmdCalls prints the requests that the sandbox got, one a line: call, status, fields in the order
// of their names.
func cmdCalls(ts *testscript.TestScript, neg bool, args []string) {
	fmt.Fprint(ts.Stdout(), "") // no calls are an empty output, not the last command's
	log, err := os.ReadFile(filepath.Join(ts.Getenv("WORK"), ".wp", "requests"))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Fatalf("%v", err)
	}
	for line := range strings.Lines(string(log)) {
		request := gjson.Parse(line)
		fmt.Fprint(ts.Stdout(), request.Get("call"))
		if strings.Contains(strings.Join(args, " "), "-path") {
			fmt.Fprintf(ts.Stdout(), " %s %s", request.Get("method"), request.Get("path"))
		}
		for _, kind := range []string{"query", "fields"} {
			request.Get(kind).ForEach(func(name, value gjson.Result) bool {
				if kind == "fields" && request.Get("call").String() == "token" {
					return false
				}
				fmt.Fprintf(ts.Stdout(), " %s=%s", name, cmp.Or(value.String(), `""`))
				return true
			})
		}
		fmt.Fprintln(ts.Stdout())
	}
}

// cmdState prints the sandbox's state, for json.
func cmdState(ts *testscript.TestScript, neg bool, args []string) {
	out, err := exec.Command("curl", "-sS", ts.Getenv("SANDBOX")+"/sandbox/state").Output()
	ts.Check(err)
	fmt.Fprintln(ts.Stdout(), string(out))
}
