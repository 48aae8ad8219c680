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
// integration-docs). Its Key and its Raw aren't printed by fmt and log/slog.
type License struct {
	ID  int64
	Key string // the product's slug, "_" and 25 characters: see ProductOf
	// IssuedAt and RevokedAt are zero when there is no such time, or one in an unknown form. The
	// texts are what the answer says, "" when it says nothing.
	IssuedAt, RevokedAt         time.Time
	IssuedAtText, RevokedAtText string
	// BlogID and Site are where the license is attached. The published answers don't say, so zero
	// values mean nothing.
	BlogID    int64
	Site      string
	RequestID string // X-Jetpack-Request-Id
	Raw       []byte // the answer as it came; it holds the key
}

// Revoked says whether the license was revoked, also when the time of it is in an unknown form.
func (l License) Revoked() bool {
	return l.RevokedAtText != "" && !strings.HasPrefix(l.RevokedAtText, "0000-00-00")
}

// Format writes the ID and the product for any verb.
func (l License) Format(f fmt.State, _ rune) {
	slug, _ := ProductOf(l.Key)
	io.WriteString(f, "jetpack.License("+strconv.FormatInt(l.ID, 10)+" "+printable(slug)+")")
}

// LogValue gives to log/slog what Format writes.
func (l License) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(l)) }

// keyTail is how many characters come after a key's slug and "_".
const keyTail = 25

// ProductOf gives the slug of the product that a license key is for: what comes before its last
// "_", behind which there are 25 characters (integration-docs). ok is false for anything else,
// also with spaces or characters beyond ASCII.
func ProductOf(licenseKey string) (slug string, ok bool) {
	i := strings.LastIndexByte(licenseKey, '_')
	odd := strings.ContainsFunc(licenseKey, func(r rune) bool { return r <= ' ' || r >= 0x7f })
	if i <= 0 || len(licenseKey)-i-1 != keyTail || odd {
		return "", false
	}
	return licenseKey[:i], true
}

// readLicense reads an answer. Only the key decides: a license that was made isn't lost for a date.
func readLicense(p reply) (License, *Error) {
	root, e := p.check()
	id, _ := wholeNumber(root.Get("license_id"))
	blog, _ := wholeNumber(root.Get("blog_id"))
	l := License{
		ID: id, Key: text(root, "license_key"),
		IssuedAtText: dateText(
			root.Get("issued_at"),
		), RevokedAtText: dateText(root.Get("revoked_at")),
		BlogID: blog, Site: text(root, "site", "siteurl"), RequestID: p.requestID, Raw: p.body,
	}
	l.IssuedAt, l.RevokedAt = date(l.IssuedAtText), date(l.RevokedAtText)
	if e == nil && (l.Key == "" || printable(l.Key) != l.Key) {
		e = p.errorf(CodeInvalidAnswer, "license_key is missing or isn't text")
	}
	if e != nil && (!e.unanswered() || l.Key == "") {
		l = License{}
	}
	return l, e
}

// dateText is a date as the answer says it; "" where it says that there is none.
func dateText(v gjson.Result) string {
	if !given(v) {
		return ""
	}
	return v.String()
}

// date reads RFC 3339 (spec.yml) and the form of the integration guide's example, which is taken
// for UTC; zero for anything else.
func date(s string) time.Time {
	for _, layout := range []string{time.RFC3339, time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
