package cli

import (
	"cmp"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/urfave/cli/v2"
)

func versionCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "version", Usage: "print the version, the commit and the version of Go",
		Action: a.action(func(*cli.Context) (int, error) { return a.version() }),
	}
}

// isVersionFlag reports whether arg asks for the version if it is given instead of a command.
func isVersionFlag(arg string) bool {
	return arg == "--version" || arg == "-V" || arg == "-version" || arg == "-v"
}

// version prints the version.
func (a *app) version() (int, error) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	_, err := fmt.Fprint(a.stdout, versionText(info))
	return exitOK, err
}

// versionText returns the lines that say from what the program was built.
func versionText(info *debug.BuildInfo) string {
	settings := map[string]string{}
	for _, setting := range info.Settings {
		settings[setting.Key] = setting.Value
	}
	commit := cmp.Or(settings["vcs.revision"], "unknown")
	if settings["vcs.modified"] == "true" {
		commit += ", with changes"
	}
	return fmt.Sprintf("jetpack-start version %s\ncommit: %s\ndate: %s\ngo: %s %s/%s\n",
		Version, commit, cmp.Or(settings["vcs.time"], "unknown"),
		runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
