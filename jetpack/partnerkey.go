package jetpack

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strconv"

	"github.com/tidwall/gjson"
)

// PartnerKeyRequest asks for a key with which somebody else provisions plans on this partner's
// account (plan-provisioning.md).
type PartnerKeyRequest struct {
	Name string // what the key is called; may not be empty
	// Personal, Premium and Professional are how many of each plan the key may provision. 0 isn't
	// sent, which the API answers with a limit of 0.
	Personal, Premium, Professional int
	Notes                           string
}

// PartnerKey is a new key. Its Raw and its ClientSecret are never printed.
type PartnerKey struct {
	ID           int64 // 0 when the answer doesn't say
	Name         string
	ClientID     string // the partner ID of whoever uses the key
	ClientSecret Secret // and the secret; the API shows it this once
	// The limits as the API set them, -1 where the answer doesn't say a number.
	Personal, Premium, Professional int
	Notes                           string
	RequestID                       string // X-Jetpack-Request-Id
	Raw                             Secret // the answer as it came: it holds the client secret
}

// Format writes the ID and the client ID for any verb.
func (k PartnerKey) Format(f fmt.State, _ rune) {
	io.WriteString(
		f, "jetpack.PartnerKey("+strconv.FormatInt(k.ID, 10)+" "+printable(k.ClientID)+")",
	)
}

// LogValue gives to log/slog what Format writes.
func (k PartnerKey) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(k)) }

// CreatePartnerKey makes a key. It is never repeated once it may have arrived: there is no way to
// look for a key that was made. Beside an *Error that is Lost, the PartnerKey holds what could be
// read of the answer, which is usually nothing. Errors are *Error.
func (c *Client) CreatePartnerKey(ctx context.Context, r PartnerKeyRequest) (PartnerKey, error) {
	switch {
	case r.Name == "":
		return PartnerKey{}, refusal("partner-key", "the key's name is empty", nil)
	case r.Personal < 0 || r.Premium < 0 || r.Professional < 0:
		return PartnerKey{}, refusal("partner-key", "a limit is a number from 0 on", nil)
	}
	limit := func(n int) string {
		if n == 0 {
			return ""
		}
		return strconv.Itoa(n)
	}
	var k PartnerKey
	e := c.do(ctx, &call{
		name: "partner-key", method: http.MethodPost, path: "/rest/v1.3/jpphp/partner-keys/new", once: true,
		fields: filled([]Field{
			{Name: "name", Value: r.Name},
			{Name: "allowed_personal_plans", Value: limit(r.Personal)},
			{Name: "allowed_premium_plans", Value: limit(r.Premium)},
			{Name: "allowed_professional_plans", Value: limit(r.Professional)},
			{Name: "notes", Value: r.Notes},
		}),
		read: func(p reply) (e *Error) {
			k, e = readPartnerKey(p)
			return e
		},
	})
	if e != nil {
		return k, e
	}
	return k, nil
}

// readPartnerKey reads an answer. Only client ID and secret decide: a key that was made isn't
// thrown away for its notes.
func readPartnerKey(p reply) (PartnerKey, *Error) {
	root, e := p.check()
	id, _ := wholeNumber(root.Get("id"))
	k := PartnerKey{
		ID: id, Name: text(root, "name"), ClientID: words(root.Get("client_id")), ClientSecret: Secret(text(root, "client_secret")),
		Personal: limitOf(
			root, "personal",
		), Premium: limitOf(root, "premium"), Professional: limitOf(root, "professional"),
		Notes: text(root, "notes"), RequestID: p.requestID, Raw: Secret(p.body),
	}
	if e == nil && (k.ClientID == "" || k.ClientSecret == "") {
		e = p.errorf(CodeInvalidAnswer, "client_id or client_secret is missing or isn't text")
	}
	if e != nil && (!e.unanswered() || k.ClientSecret == "") {
		k = PartnerKey{}
	}
	return k, e
}

// limitOf reads a limit, which comes as text (plan-provisioning.md).
func limitOf(root gjson.Result, plan string) int {
	n, ok := wholeNumber(root.Get("allowed_" + plan + "_plans"))
	if !ok || int64(int(n)) != n {
		return -1
	}
	return int(n)
}
