package cli

import (
	"slices"
	"strings"
	"time"

	"github.com/urfave/cli/v2"
)

// flagGroup is the flags under one heading of the help.
type flagGroup struct {
	name  string
	flags []cli.DocGenerationFlag
}

// flagGroups returns the visible flags by category: first the command's own categories, in the
// order of their flags, then the shared ones.
func flagGroups(flags []cli.Flag) []flagGroup {
	groups := []flagGroup{}
	add := func(name string, flag cli.DocGenerationFlag) {
		i := slices.IndexFunc(groups, func(g flagGroup) bool { return g.name == name })
		if i < 0 {
			i, groups = len(groups), append(groups, flagGroup{name: name})
		}
		if flag != nil {
			groups[i].flags = append(groups[i].flags, flag)
		}
	}
	for _, shared := range []bool{false, true} {
		if shared {
			for _, name := range sharedCategories {
				add(name, nil)
			}
		}
		for _, flag := range flags {
			if name := categoryOf(flag); isVisible(flag) &&
				slices.Contains(sharedCategories, name) == shared {
				add(name, flag.(cli.DocGenerationFlag))
			}
		}
	}
	return slices.DeleteFunc(groups, func(g flagGroup) bool { return len(g.flags) == 0 })
}

// isVisible reports whether the flag is shown in the help.
func isVisible(flag cli.Flag) bool {
	shown, ok := flag.(cli.VisibleFlag)
	_, documented := flag.(cli.DocGenerationFlag)
	return ok && documented && shown.IsVisible()
}

// flagForm returns the flag as it is given: --check, --plan=SLUG, --wait[=TIME].
func flagForm(flag cli.DocGenerationFlag) string {
	name := flag.Names()[0]
	placeholder, _ := placeholderOf(flag)
	switch {
	case !flag.TakesValue():
		return "--" + name
	case optionalValues[name] != "":
		return "--" + name + "[=" + placeholder + "]"
	}
	return "--" + name + "=" + placeholder
}

// placeholderOf returns the word in backticks in the flag's usage, and the usage without the
// backticks.
func placeholderOf(flag cli.DocGenerationFlag) (placeholder, usage string) {
	before, rest, found := strings.Cut(flag.GetUsage(), "`")
	word, after, closed := strings.Cut(rest, "`")
	if !found || !closed {
		return "VALUE", flag.GetUsage()
	}
	return word, before + word + after
}

// flagText returns the description of the flag, with its default.
func flagText(flag cli.DocGenerationFlag) string {
	_, text := placeholderOf(flag)
	if repeatable(flag) {
		text += "; may be given more than once"
	}
	if value := defaultOf(flag); value != "" {
		text += " (default: " + value + ")"
	}
	return text
}

// repeatable reports whether the flag may be given more than once.
func repeatable(flag cli.Flag) bool {
	slice, ok := flag.(cli.DocGenerationSliceFlag)
	return ok && slice.IsSliceFlag()
}

// defaultOf returns the flag's default as it would be given, "" if that is empty, zero or false.
func defaultOf(flag cli.DocGenerationFlag) string {
	value := strings.Trim(flag.GetDefaultText(), `"`)
	if !flag.TakesValue() || value == "0" || value == "0s" {
		return ""
	}
	if _, err := time.ParseDuration(value); err == nil { // 5m, not 5m0s
		for _, zero := range []string{"m0s", "h0m"} {
			if strings.HasSuffix(value, zero) {
				value = strings.TrimSuffix(value, zero[1:])
			}
		}
	}
	return value
}

// categoryOf returns the heading under which --help lists a flag.
func categoryOf(flag cli.Flag) string {
	if flag, ok := flag.(cli.CategorizableFlag); ok && flag.GetCategory() != "" {
		return flag.GetCategory()
	}
	return "Flags"
}
