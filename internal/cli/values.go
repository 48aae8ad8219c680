package cli

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"

	"github.com/urfave/cli/v2"
)

func isBlogID(text string) bool {
	id, err := strconv.ParseInt(text, 10, 64)
	return err == nil && id > 0
}

func quoted(text string) string { return strconv.Quote(text) }

func validPort(port string) bool {
	var n int
	_, err := fmt.Sscanf(port, "%d", &n)
	return err == nil && fmt.Sprint(n) == port && n > 0 && n < 65536
}

func checkURLs(urls map[string]string) error {
	for name, value := range urls {
		if value == "" {
			continue
		}
		if u, err := url.Parse(value); err != nil || u.Host == "" ||
			u.Scheme != "http" && u.Scheme != "https" {
			return &usageError{
				text: fmt.Sprintf("--%s is not an URL with http:// or https://: %q", name, value),
			}
		}
	}
	return nil
}

// pluginList reads --plugins: nil where it isn't given, empty for none.
func pluginList(c *cli.Context) ([]string, error) {
	if !c.IsSet("plugins") {
		return nil, nil
	}
	list := []string{}
	if c.String("plugins") == "none" {
		return list, nil
	}
	for slug := range strings.SplitSeq(c.String("plugins"), ",") {
		slug = strings.TrimSpace(slug)
		if !slices.Contains(provision.KnownPlugins, slug) {
			return nil, &usageError{
				text: fmt.Sprintf("--plugins: %q is not known", slug),
				hint: "give akismet, vaultpress, both with a comma, or none",
			}
		}
		if !slices.Contains(list, slug) {
			list = append(list, slug)
		}
	}
	return list, nil
}

func waitFlag(c *cli.Context) (time.Duration, error) {
	if !c.IsSet("wait") {
		return 0, nil
	}
	wait, err := time.ParseDuration(c.String("wait"))
	if err != nil || wait <= 0 {
		return 0, &usageError{
			text: fmt.Sprintf("--wait is not a time: %q", c.String("wait")),
			hint: "such as 90s or 5m",
		}
	}
	return wait, nil
}

// checkSite refuses a site that is none, or that is named twice.
func checkSite(named string, site siteOptions) error {
	if _, err := jetpack.SiteIdentifier(named); err != nil {
		return &usageError{
			text: "not a site: " + err.Error(),
			hint: "give its URL, domain::path or blog ID",
		}
	}
	if site.alias != "" {
		return &usageError{
			text: "a site and " + site.alias + " are both given",
			hint: "one names the site",
		}
	}
	return nil
}

// dropTimeout reads a time-out, for which the old scripts had no argument.
func dropTimeout(
	getenv func(string) string,
	name string,
	otherwise time.Duration,
) (time.Duration, error) {
	value := getenv(name)
	if value == "" {
		return otherwise, nil
	}
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 {
		return 0, &usageError{
			text: name + " is not a time: " + quoted(value),
			hint: "such as 90s or 5m",
		}
	}
	return d, nil
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// choiceFlag is a text flag whose values are known.
type choiceFlag struct {
	*cli.StringFlag
	values []string
	many   bool // several, with commas
}
