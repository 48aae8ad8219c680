// Command jetpack-start provisions and cancels Jetpack plans for the sites of a hosting partner.
package main

import (
	"os"
	"runtime/debug"

	"jetpack-start/internal/cli"
)

func main() {
	// A fatal error of the runtime must not end with exit code 2, which says that nothing was done.
	debug.SetTraceback("crash")
	// First, because the environment may hold secrets.
	if err := cli.ProtectMemory(); err != nil {
		os.Stderr.WriteString("jetpack-start: can't protect the memory: " + err.Error() + "\n")
	}
	if err := cli.HideSecrets(os.Args, os.Environ()); err != nil {
		os.Stderr.WriteString("jetpack-start: " + err.Error() + "\n")
	}
	os.Exit(cli.Run(os.Args, os.Stdin, os.Stdout, os.Stderr, os.Getenv, os.Environ()))
}
