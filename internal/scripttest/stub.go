package scripttest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// The variables from which wpMain learns where things are.
const (
	wpDirEnv  = "JETPACK_TEST_WP_DIR"  // the directory of site.json and of the log of calls
	wpRealEnv = "JETPACK_TEST_WP_REAL" // the real WP-CLI; "" means the stub
	// If set, --allow-root isn't added for a real wp run as root, and the stub refuses to run
	// without it.
	wpRootEnv = "JETPACK_TEST_WP_ROOT"
)

// wpMain is the program wp of golden scripts. It logs the call, and then runs the real WP-CLI or
// the stub.
func wpMain() {
	if err := logCall(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "stub wp:", err)
		os.Exit(99)
	}
	if program := os.Getenv(wpRealEnv); program != "" {
		fmt.Fprintln(os.Stderr, "wp:", execWP(program, os.Args[1:]))
		os.Exit(99)
	}
	os.Exit(stubWP(os.Args[1:], stdio{os.Stdin, os.Stdout, os.Stderr}))
}

// execWP replaces this process by the real WP-CLI. It returns only if that fails.
func execWP(program string, args []string) error {
	line := []string{program}
	if len(args) > 0 && strings.HasPrefix(args[0], "@") { // an alias must be the first argument
		line, args = append(line, args[0]), args[1:]
	}
	if os.Getuid() == 0 && os.Getenv(wpRootEnv) == "" {
		line = append(line, "--allow-root")
	}
	return syscall.Exec(program, append(line, args...), append(os.Environ(), phpVariables(args)...))
}

// logCall appends a call to the log, without the arguments that differ from run to run.
func logCall(args []string) error {
	shown := []string{"wp"}
	here, _ := os.Getwd()
	for _, arg := range args {
		switch {
		case strings.HasPrefix(arg, "--exec=") && strings.Contains(arg, "WP_CLI::add_"):
			continue // the PHP code of package wpcli
		case strings.HasPrefix(arg, "jetpack-start-") && len(arg) == len("jetpack-start-")+26:
			continue // the marker
		case arg == "--path="+here:
			continue // which only a site with files has, as a real one
		case strings.HasPrefix(arg, "--path="):
			arg = "--path=" + filepath.Base(arg)
		}
		shown = append(shown, arg)
	}
	log, err := os.OpenFile(
		filepath.Join(os.Getenv(wpDirEnv), "calls"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600,
	)
	if err != nil {
		return err
	}
	defer log.Close()
	_, err = fmt.Fprintln(log, strings.Join(shown, " "))
	return err
}

// stdio holds the streams of a program.
type stdio struct {
	in       io.Reader
	out, err io.Writer
}

// stubWP imitates WP-CLI for the site in site.json, which it changes. It returns the exit code; 99
// means that the stub itself failed.
func stubWP(args []string, std stdio) int {
	if os.Getenv(wpRootEnv) != "" && !slices.Contains(args, "--allow-root") {
		fmt.Fprintln(std.err, "Error: YIKES! It looks like you're running this as root. You "+
			"probably meant to run this as the user that your WordPress installation exists under.")
		return 1
	}
	data, err := os.ReadFile(siteFile(args))
	if errors.Is(err, os.ErrNotExist) {
		fmt.Fprintln(std.err, "Error: This does not seem to be a WordPress installation.\n"+
			"The used path is: /somewhere/\n"+
			"Pass --path=`path/to/wordpress` or run `wp core download`.")
		return 1
	}
	s := &wpState{}
	if err := json.Unmarshal(data, s); err != nil {
		fmt.Fprintln(std.err, "stub wp:", err)
		return 99
	}
	call, marker := parseCall(args)
	if message, fails := s.Fail[call]; fails {
		fmt.Fprintln(std.err, message)
		return 1
	}
	if s.Hang == call {
		time.Sleep(time.Minute)
	}
	code := s.run(call, marker, args, std)
	if err := s.save(); err != nil {
		fmt.Fprintln(std.err, "stub wp:", err)
		return 99
	}
	return code
}

// siteFile returns the path of the site.json in the docroot, for scripts with several sites, or of
// the one that the command site makes.
func siteFile(args []string) string {
	docroot, _ := os.Getwd()
	for _, arg := range args {
		if path, found := strings.CutPrefix(arg, "--path="); found {
			docroot = path
		}
	}
	file := filepath.Join(docroot, "site.json")
	if _, err := os.Stat(file); err == nil {
		return file
	}
	return filepath.Join(os.Getenv(wpDirEnv), "site.json")
}

// save writes the state to its site.json.
func (s *wpState) save() error {
	data, err := json.MarshalIndent(s, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(siteFile(os.Args[1:]), data, 0o600)
}

// parseCall returns the words of a call, without aliases and options. For the commands that wpcli
// registers, it returns the short name and the marker: "probe", "setup" or "licenses".
func parseCall(args []string) (call, marker string) {
	words := slices.DeleteFunc(slices.Clone(args), func(arg string) bool {
		return strings.HasPrefix(arg, "-") || strings.HasPrefix(arg, "@")
	})
	call = strings.Join(words, " ")
	for _, name := range []string{"probe", "setup", "licenses"} {
		if marker, found := strings.CutPrefix(call, "jetpack-start-"+name+" "); found {
			return name, marker
		}
	}
	return call, ""
}

// run runs a call and returns its exit code.
func (s *wpState) run(call, marker string, args []string, std stdio) int {
	words := strings.Fields(call)
	s.OwnerExists = s.userExists(s.MasterUser)
	switch {
	case call == "probe":
		s.probe(marker, args, std.out)
	case call == "setup":
		s.setUp(marker, std)
	case call == "licenses":
		s.addLicenses(marker, std)
	case len(words) == 3 && words[0] == "plugin" && words[1] == "activate":
		return s.activate(words[2], std.err)
	case len(words) == 3 && words[0] == "plugin" && words[1] == "install":
		slug := strings.TrimSuffix(filepath.Base(words[2]), ".zip")
		s.Plugins[slug] = wpStatePlugin{Installed: true, Version: "1.0"}
		return s.activate(slug, std.err)
	default:
		fmt.Fprintf(std.err, "Error: '%s' is not a registered wp command. "+
			"See 'wp help' for available commands.\n", call)
		return 1
	}
	return 0
}
