// Package wpcli runs WP-CLI, the command line of WordPress, as a child process, and reads and
// changes what Jetpack needs of a site.
//
// A [CLI] names the program and its global parameters. [CLI.Probe] reads the state of the site:
// its URLs, its plugins, and how far Jetpack is connected to WordPress.com. [CLI.SetUp] stores a
// user token, activates plugins and fetches their keys. [CLI.AddLicenses] stores license keys and
// has Jetpack attach them. Each of these boots WordPress once, because booting takes most of the
// time: about 0.3 s for a small site, and seconds for a large one. [CLI.Run] runs any other
// command.
//
// The three register a command of their own with WP-CLI's --exec parameter, which can't be
// disabled in wp-cli.yml, as eval and eval-file can. The command prints its answer as JSON between
// two marker lines that hold a random word, so that it is found whatever else the site prints; that
// of SetUp is a line for each part, printed when the part is done.
// Tokens and keys are passed on standard input and never as an argument, which other users of the
// machine can read in the process list.
//
// A call that fails returns an [*Error]. Its Kind, to be tested with [errors.Is], tells the
// failures apart that WP-CLI 2.x reports in words of its own.
package wpcli
