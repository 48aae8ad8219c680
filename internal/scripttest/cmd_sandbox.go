package scripttest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
	"github.com/tidwall/gjson"

	"jetpack-start/internal/sandbox"
)

// sandboxFiles are the files that the sandbox writes for the script.
func sandboxFiles(ts *testscript.TestScript) (log, ca string) {
	dir := filepath.Join(ts.Getenv("WORK"), ".wp")
	return filepath.Join(dir, "requests"), filepath.Join(dir, "ca.pem")
}

// cmdSandbox starts a partner API for the script and sets the variables by which jetpack-start
// finds it. A second call replaces the first API and its state.
func cmdSandbox(ts *testscript.TestScript, _ bool, args []string) {
	cfg := sandboxConfig(ts, args)
	_ = os.Remove(cfg.Log)
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

// sandboxConfig returns the configuration that the arguments of the command sandbox describe.
func sandboxConfig(ts *testscript.TestScript, args []string) sandbox.Config {
	log, ca := sandboxFiles(ts)
	cfg := sandbox.Config{HTTP: true, Log: log}
	partner := testPartner + ":" + testSecret
	var partners []string
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		switch name {
		case "https":
			cfg.HTTP, cfg.CAOut = false, ca
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
			partners = append(partners, value)
		default:
			ts.Fatalf("sandbox: unknown argument %s", arg)
		}
	}
	if cfg.NextURL == "" {
		// The sandbox's own next URL would hold its port and differ from run to run.
		cfg.NextURL = "https://wordpress.com/start/pressable-nux"
	}
	cfg.Partners = append([]string{partner}, partners...)
	return cfg
}

// cmdCalls prints the requests that the sandbox got, one on a line: call and fields, sorted by
// name, and with -path the method and path after the call.
func cmdCalls(ts *testscript.TestScript, _ bool, args []string) {
	if len(args) > 0 && args[0] != "-path" {
		ts.Fatalf("calls: unknown argument %s", args[0])
	}
	file, _ := sandboxFiles(ts)
	for line := range strings.Lines(readLog(ts, file)) {
		request := gjson.Parse(line)
		fmt.Fprint(ts.Stdout(), request.Get("call"))
		if len(args) > 0 {
			fmt.Fprintf(ts.Stdout(), " %s %s", request.Get("method"), request.Get("path"))
		}
		for _, kind := range []string{"query", "fields"} {
			if kind == "fields" && request.Get("call").String() == "token" {
				continue
			}
			request.Get(kind).ForEach(func(name, value gjson.Result) bool {
				fmt.Fprintf(ts.Stdout(), " %s=%s", name, cmp.Or(value.String(), `""`))
				return true
			})
		}
		fmt.Fprintln(ts.Stdout())
	}
}

// readLog returns the contents of a log, or "" if it doesn't exist. It makes the output of the
// current command empty, which would otherwise remain that of the command before if nothing is
// printed.
func readLog(ts *testscript.TestScript, file string) string {
	fmt.Fprint(ts.Stdout(), "")
	log, err := os.ReadFile(file)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		ts.Fatalf("%v", err)
	}
	return string(log)
}

// cmdState prints the sandbox's state as JSON.
func cmdState(ts *testscript.TestScript, _ bool, _ []string) {
	client := &http.Client{Timeout: 10 * time.Second}
	answer, err := client.Get(ts.Getenv("SANDBOX") + "/sandbox/state")
	ts.Check(err)
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	ts.Check(err)
	if answer.StatusCode != http.StatusOK {
		ts.Fatalf("state: %s: %s", answer.Status, body)
	}
	fmt.Fprintln(ts.Stdout(), string(body))
}
