package jetpack

import (
	"fmt"
	"io"
	"log/slog"
	"strconv"
	"strings"
	"time"

	"github.com/tidwall/gjson"
)

// License is a license as the API describes it (jetpack-licensing-api, spec.yml and
// integration-docs). fmt and log/slog print neither Key nor Raw.
type License struct {
	ID  int64
	Key string // the slug of the product, "_" and 25 characters: see ProductOf
	// IssuedAt and RevokedAt are zero if the answer has no such time, or one in an unknown form.
	// The texts are the answer's, or "".
	IssuedAt, RevokedAt         time.Time
	IssuedAtText, RevokedAtText string
	// BlogID and Site are the site that the license is attached to. Published answers don't have
	// them, so zero values don't mean that there is no site.
	BlogID    int64
	Site      string
	RequestID string // X-Jetpack-Request-Id
	Raw       []byte // the answer, with the key
}

// Revoked reports whether the license was revoked, even if the time of it is in an unknown form.
func (l License) Revoked() bool {
	return l.RevokedAtText != "" && !strings.HasPrefix(l.RevokedAtText, "0000-00-00")
}

// Format writes the ID and the product for any verb.
func (l License) Format(f fmt.State, _ rune) {
	slug, _ := ProductOf(l.Key)
	io.WriteString(f, "jetpack.License("+strconv.FormatInt(l.ID, 10)+" "+printable(slug)+")")
}

// LogValue returns what Format writes.
func (l License) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(l)) }

// keyTail is the number of characters after the slug and "_" of a license key.
const keyTail = 25

// ProductOf returns the slug of the product that a license key is for: the part before its last
// "_", which 25 characters follow (integration-docs). It reports false if the key has another form,
// or has spaces, control characters or characters that aren't ASCII.
func ProductOf(licenseKey string) (slug string, ok bool) {
	i := strings.LastIndexByte(licenseKey, '_')
	if i <= 0 || len(licenseKey)-i-1 != keyTail || strings.ContainsFunc(licenseKey, notVisible) {
		return "", false
	}
	return licenseKey[:i], true
}

// notVisible reports whether r isn't a visible ASCII character.
func notVisible(r rune) bool { return r <= ' ' || r >= 0x7f }

// readLicense reads an answer. It must have a key, and nothing else: a license that was issued must
// not get lost because of a date. For the same reason readLicense returns a license with a key even
// beside an error, unless the error is a refusal.
func readLicense(p reply) (License, error) {
	root, err := p.check()
	id, _ := wholeNumber(root.Get("license_id"))
	blog, _ := wholeNumber(root.Get("blog_id"))
	l := License{
		ID: id, Key: text(root, "license_key"), BlogID: blog, Site: text(root, "site", "siteurl"),
		IssuedAtText:  dateText(root.Get("issued_at")),
		RevokedAtText: dateText(root.Get("revoked_at")),
		RequestID:     p.requestID, Raw: p.body,
	}
	l.IssuedAt, l.RevokedAt = date(l.IssuedAtText), date(l.RevokedAtText)
	if err == nil && (l.Key == "" || printable(l.Key) != l.Key) {
		err = p.errorf(CodeInvalidAnswer, "license_key is missing or isn't text")
	}
	if e := apiError(err); e != nil && (!e.unanswered() && !e.Lost() || l.Key == "") {
		l = License{}
	}
	return l, err
}

// dateText returns a date as the answer writes it, or "" if there is none.
func dateText(v gjson.Result) string {
	if !given(v) {
		return ""
	}
	return v.String()
}

// date parses RFC 3339 (spec.yml) and the form in the integration guide's example, which is taken
// to be UTC. It returns the zero time for anything else.
func date(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
