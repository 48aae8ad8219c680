package cli

import (
	"maps"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/provision"
)

// planSlugs are the plans and products in docs/contract.md, "Partner API". They are only for
// completion, because the API may know others.
var planSlugs = []string{
	"free", "personal", "premium", "professional", "complete", "jetpack-backup-daily",
	"jetpack-backup-realtime", "jetpack-scan", "jetpack-anti-spam", "jetpack-videopress",
}

// valueCandidates returns the values of a flag, each with prefix before it.
func valueCandidates(flag cli.Flag, prefix, current string) []candidate {
	values, many := flagValues(flag)
	if many {
		done := current[:strings.LastIndex(current, ",")+1]
		used := strings.Split(done, ",")
		values = slices.DeleteFunc(slices.Clone(values), func(c candidate) bool {
			return slices.Contains(used, c.word) || done != "" && c.word == "none"
		})
		for i := range values {
			values[i].word = done + values[i].word
		}
	}
	found := []candidate{}
	for _, c := range withPrefix(current, values) {
		if !strings.HasPrefix(c.word, ":") {
			c.word = prefix + c.word
		}
		found = append(found, c)
	}
	return found
}

// flagValues returns the values of a flag, and whether it takes several: those of a choiceFlag,
// else those for its name, else those for the placeholder in its usage.
func flagValues(flag cli.Flag) (values []candidate, many bool) {
	if choice, ok := flag.(*choiceFlag); ok {
		return plainCandidates(choice.values...), choice.many
	}
	switch flag.Names()[0] {
	case "plugins":
		return append(
			plainCandidates(provision.KnownPlugins...), candidate{"none", "no plugin"},
		), true
	case "path":
		return plainCandidates(anyFolder), false
	case "wp-cli-path", "jetpack-source":
		return plainCandidates(anyFile), false
	case "exec": // its CODE is PHP
		return nil, false
	}
	if flag, ok := flag.(cli.DocGenerationFlag); ok && flag.TakesValue() {
		placeholder, _ := placeholderOf(flag)
		return valuesOf(placeholder), false
	}
	return nil, false
}

// valuesOf returns the values for a placeholder or an argument's name, nil if they aren't known.
func valuesOf(placeholder string) []candidate {
	switch placeholder {
	case "FILE":
		return plainCandidates(anyFile)
	case "FOLDER", "DIR":
		return plainCandidates(anyFolder)
	case "SLUG", "PLAN":
		return plainCandidates(planSlugs...)
	case "PRODUCT": // licenses are for products only
		return withPrefix("jetpack-", plainCandidates(planSlugs...))
	case "CODE":
		found := []candidate{}
		for _, code := range slices.Sorted(maps.Keys(errorTable)) {
			found = append(found, candidate{code, errorTable[code].description})
		}
		return found
	}
	if strings.Contains(placeholder, "|") {
		return plainCandidates(strings.Split(placeholder, "|")...)
	}
	return nil
}

// plainCandidates returns words as candidates without descriptions.
func plainCandidates(words ...string) []candidate {
	found := make([]candidate, len(words))
	for i, word := range words {
		found[i].word = word
	}
	return found
}

// argumentValues returns the values of the argument at the cursor, by its name in ArgsUsage.
func argumentValues(command *cli.Command, before []string, current string) []candidate {
	names := slices.DeleteFunc(
		strings.Fields(command.ArgsUsage),
		func(name string) bool { return name == "[@alias]" },
	)
	if len(names) == 0 {
		return nil
	}
	name := names[min(len(before), len(names)-1)]
	if len(before) >= len(names) && !strings.Contains(name, "…") {
		return nil
	}
	return withPrefix(current, valuesOf(strings.Trim(name, "[]…")))
}
