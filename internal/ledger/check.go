package ledger

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Maximum lengths of texts in bytes. MySQL counts characters, which are never more than bytes.
const (
	maxText    = 255 // of a text that is looked up, and of a name
	maxMessage = 2000
	maxDetail  = 60000
)

// checkText returns ErrInvalid for a text that one of the databases would change or reject. name is
// the name of the text for the message.
func checkText(name, s string) error {
	switch {
	case len(s) > maxText:
		return fmt.Errorf("ledger: %w %s: %d bytes, more than %d",
			ErrInvalid, name, len(s), maxText)
	case !utf8.ValidString(s):
		return fmt.Errorf("ledger: %w %s: not UTF-8", ErrInvalid, name)
	case strings.ContainsRune(s, 0):
		return fmt.Errorf("ledger: %w %s: it has a NUL byte", ErrInvalid, name)
	}
	return nil
}

func (i Intent) check() error {
	switch i.Kind {
	case License, PartnerKey, Provision:
	default:
		return fmt.Errorf("ledger: %w kind %q", ErrInvalid, i.Kind)
	}
	if i.Product == "" {
		return fmt.Errorf("ledger: %w product: it is empty", ErrInvalid)
	}
	for _, t := range []struct{ name, text string }{
		{"product", i.Product},
		{"reference", i.Reference},
		{"site", i.Site},
	} {
		if err := checkText(t.name, t.text); err != nil {
			return err
		}
	}
	return nil
}

// sanitize replaces what can't be stored, and cuts s at size bytes. It is for texts of others that
// only explain something: these must not keep an outcome from being recorded.
func sanitize(s string, size int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= size {
		return s
	}
	for size > 0 && !utf8.RuneStart(s[size]) {
		size--
	}
	return s[:size]
}
