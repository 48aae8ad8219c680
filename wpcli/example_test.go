package wpcli_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"jetpack-start/wpcli"
)

// fakeWP plays WP-CLI: it prints the answers that a site might give between the marker lines,
// whose word is the argument after the name of the command.
const fakeWP = `#!/bin/sh
while [ $# -gt 0 ]; do
	case $1 in
	jetpack-start-probe) answer='{
		"siteurl": "https://example.com", "blog_id": 42, "blog_token": true, "master_user": 1,
		"master_user_exists": true, "user_tokens": [1],
		"active_plugins": ["jetpack/jetpack.php", "hello.php"],
		"user": {"id": 1, "login": "admin", "administrator": true}
	}' ;;
	jetpack-start-setup)
		echo "$2 {\"start\": true}"
		echo "$2 {\"token\": {\"error\": \"\", \"stored\": true}}"
		echo "$2 {\"plugin\": \"akismet\", \"active\": true, \"key\": true, \"error\": \"\"}"
		echo "$2 {\"end\": true}"
		exit
		;;
	jetpack-start-licenses) answer='{"siteurl": "https://example.com", "count": 2, "added": 1}' ;;
	--path=/srv/empty) echo 'Error: This does not seem to be a WordPress installation.' >&2; exit 1 ;;
	core) echo 7.1; exit ;;
	*) shift; continue ;;
	esac
	printf 'PHP Notice: noise\n%s begin\n%s\n%s end\n' "$2" "$answer" "$2"
	exit
done
`

// newCLI returns a CLI that runs fakeWP. Outside of examples, the zero value is enough if wp is in
// the PATH.
func newCLI() (c *wpcli.CLI, remove func()) {
	dir, err := os.MkdirTemp("", "wpcli")
	if err != nil {
		log.Fatal(err)
	}
	wp := filepath.Join(dir, "wp")
	if err := os.WriteFile(wp, []byte(fakeWP), 0o755); err != nil {
		log.Fatal(err)
	}
	return &wpcli.CLI{Command: []string{wp}}, func() { _ = os.RemoveAll(dir) }
}

func ExampleCLI_Run() {
	c, remove := newCLI()
	defer remove()
	c.Global = []string{"--path=/srv/www"}
	c.OnCall = func(args []string) { fmt.Println("$", wpcli.Quote(args)) }

	out, err := c.Run(context.Background(), "core", "version")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(out.Stdout)
	// Output:
	// $ wp --path=/srv/www core version
	// 7.1
}

func ExampleCLI_Probe() {
	c, remove := newCLI()
	defer remove()

	site, err := c.Probe(context.Background(), "admin")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(site.SiteURL, "connected:", site.Connected())
	if site.User != nil {
		fmt.Println(site.User.Login, "administrator:", site.User.Administrator)
	}
	// Output:
	// https://example.com connected: true
	// admin administrator: true
}

func ExampleCLI_SetUp() {
	c, remove := newCLI()
	defer remove()

	report, err := c.SetUp(context.Background(), wpcli.Setup{
		Token:   "a user token from WordPress.com",
		UserID:  1,
		Plugins: []wpcli.PluginSetup{{Slug: "akismet", Install: true, Source: "akismet"}},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("token stored:", report.TokenStored)
	for slug, plugin := range report.Plugins {
		fmt.Println(slug, "active:", plugin.Active, "key:", plugin.Key)
	}
	// Output:
	// token stored: true
	// akismet active: true key: true
}

func ExampleCLI_AddLicenses() {
	c, remove := newCLI()
	defer remove()

	licenses, err := c.AddLicenses(context.Background(), []string{"jetpack-backup-daily_key"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("added %d of %d\n", licenses.Added, licenses.Count)
	// Output: added 1 of 2
}

func ExampleError() {
	c, remove := newCLI()
	defer remove()
	c.Global = []string{"--path=/srv/empty"}

	_, err := c.Probe(context.Background(), "")
	var wpError *wpcli.Error
	switch {
	case errors.Is(err, wpcli.ErrNoWordPress):
		fmt.Println("install WordPress first")
	case errors.As(err, &wpError):
		fmt.Println("wp failed:", wpError.Message())
	}
	// Output: install WordPress first
}

func ExampleParseCommand() {
	fmt.Printf("%q\n", wpcli.ParseCommand("php -d memory_limit=512M /opt/wp-cli.phar"))
	// Output: ["php" "-d" "memory_limit=512M" "/opt/wp-cli.phar"]
}
