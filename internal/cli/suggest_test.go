package cli

import (
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	words := strings.Fields("provision cancel activate status doctor license product site " +
		"partner-key errors sandbox")
	for word, want := range map[string]string{
		"provison": "provision", "PROVISION": "provision", "provide": "provision", "cancle": "cancel",
		"statsu": "status", "licence": "license", "licenses": "license", "error": "errors",
		"partnerkey": "partner-key", "list": "", "x": "", "": "", "plan": "",
	} {
		if got := nearest(word, words); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}
