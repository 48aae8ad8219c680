package ledger

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// The most that texts may have, in bytes. MySQL counts characters, which are never more.
const (
	maxText    = 255 // what the database looks up, and names
	maxMessage = 2000
	maxDetail  = 60000
)

// checkText refuses what one of the databases would change or refuse. name says which text it is.
func checkText(name, s string) error {
	switch {
	case len(s) > maxText:
		return fmt.Errorf(
			"ledger: %w %s: %d bytes, at most %d are possible", ErrInvalid, name, len(s), maxText,
		)
	case !utf8.ValidString(s):
		return fmt.Errorf("ledger: %w %s: not UTF-8", ErrInvalid, name)
	case strings.ContainsRune(s, 0):
		return fmt.Errorf("ledger: %w %s: it holds a NUL", ErrInvalid, name)
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
	for _, t := range []struct{ name, text string }{{"product", i.Product}, {"reference", i.Reference}, {"site", i.Site}} {
		if err := checkText(t.name, t.text); err != nil {
			return err
		}
	}
	return nil
}

// tidy makes a text fit. It is for what came from elsewhere and only explains: better cut than not
// written at all.
func tidy(s string, most int) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}
