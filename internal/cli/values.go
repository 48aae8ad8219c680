package cli

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/provision"
	"jetpack-start/jetpack"
)

// isID reports whether text is a positive number, as blog IDs and the IDs of ledger entries are.
func isID(text string) bool {
	id, err := strconv.ParseInt(text, 10, 64)
	return err == nil && id > 0
}

// isPort reports whether text is a port number without leading zeros.
func isPort(text string) bool {
	n, err := strconv.Atoi(text)
	return err == nil && strconv.Itoa(n) == text && n > 0 && n < 65536
}

// isURL reports whether text is a URL with http:// or https:// and a host.
func isURL(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// checkSiteURL rejects a value that no site can have as its URL; name is the flag or argument. The
// message doesn't repeat the value, because it can hold a password.
func checkSiteURL(name, value string) error {
	if err := jetpack.CheckSiteURL(value); err != nil {
		return &usageError{text: name + " is not the URL of a site: " + err.Error()}
	}
	return nil
}

// quoted returns text in double quotes, with control characters escaped.
func quoted(text string) string { return strconv.Quote(text) }

// yesNo returns "yes" or "no".
func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// timestamp returns t in UTC as RFC 3339 without fractions, or "" for the zero time.
func timestamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}

// pluginsValue returns the value of --plugins: nil if it isn't given, empty for "none".
func pluginsValue(c *cli.Context) ([]string, error) {
	if !c.IsSet("plugins") {
		return nil, nil
	}
	list := []string{}
	if c.String("plugins") == "none" {
		return list, nil
	}
	for _, slug := range splitList(c.String("plugins")) {
		if !slices.Contains(provision.KnownPlugins, slug) {
			return nil, &usageError{
				text: fmt.Sprintf("--plugins: %q is not known", slug),
				hint: "give akismet, vaultpress, both separated by a comma, or none",
			}
		}
		if !slices.Contains(list, slug) {
			list = append(list, slug)
		}
	}
	return list, nil
}

// splitList returns the elements of a comma-separated list, without spaces around them.
func splitList(text string) []string {
	list := strings.Split(text, ",")
	for i := range list {
		list[i] = strings.TrimSpace(list[i])
	}
	return list
}

// checkSite rejects an invalid site, and one given both as an argument and as an @alias.
func checkSite(site, alias string) error {
	if _, err := jetpack.SiteIdentifier(site); err != nil {
		return &usageError{
			text: "not a site: " + err.Error(),
			hint: "give its URL, domain::path or blog ID",
		}
	}
	if alias != "" {
		return &usageError{
			text: "a site and " + alias + " are both given", hint: "give one of the two",
		}
	}
	return nil
}

// checkCounts rejects negative values of the number flags in names.
func checkCounts(c *cli.Context, names ...string) (err error) {
	for _, name := range names {
		if n := c.Int64(name); n < 0 {
			err = errors.Join(err, &usageError{
				text: fmt.Sprintf("--%s is less than 0: %d", name, n),
			})
		}
	}
	return err
}

// checkChoices rejects values of the command's choice flags that don't exist, and those of the
// environment variables that stand for a flag that isn't given.
func checkChoices(c *cli.Context, getenv func(string) string) (err error) {
	for _, flag := range c.Command.Flags {
		choice, ok := flag.(*choiceFlag)
		if !ok {
			continue
		}
		name, values := "--"+choice.Name, []string{c.String(choice.Name)}
		switch {
		case !c.IsSet(choice.Name) && choice.env == "":
			continue
		case !c.IsSet(choice.Name):
			if name, values[0] = choice.env, getenv(choice.env); values[0] == "" {
				continue
			}
		case choice.many:
			values = splitList(values[0])
		}
		for _, value := range values {
			err = errors.Join(err, checkChoice(name, value, choice.values))
		}
	}
	return err
}

// checkChoice returns an error if value, that of the flag or variable called name, isn't one of
// choices.
func checkChoice(name, value string, choices []string) error {
	if slices.Contains(choices, value) {
		return nil
	}
	return &usageError{
		text: fmt.Sprintf("%s: %q is not known", name, value),
		hint: "give one of " + strings.Join(choices, ", "),
	}
}
