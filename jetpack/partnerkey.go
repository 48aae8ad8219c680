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

// PartnerKeyRequest describes a key with which somebody else can provision plans on this partner's
// account (plan-provisioning.md).
type PartnerKeyRequest struct {
	Name string // must not be empty
	// Personal, Premium and Professional are how many of each plan the key may provision. 0 isn't
	// sent; the API then sets a limit of 0.
	Personal, Premium, Professional int
	Notes                           string
}

// PartnerKey is a new key. ClientSecret and Raw are never printed.
type PartnerKey struct {
	ID           int64 // 0 if unknown
	Name         string
	ClientID     string // the partner ID of whoever uses the key
	ClientSecret Secret // the partner secret; the API shows it only once
	// The limits as the API set them; -1 if unknown.
	Personal, Premium, Professional int
	Notes                           string
	RequestID                       string // X-Jetpack-Request-Id
	Raw                             Secret // the answer, with the client secret
}

// Format writes the ID and the client ID for any verb.
func (k PartnerKey) Format(f fmt.State, _ rune) {
	io.WriteString(
		f, "jetpack.PartnerKey("+strconv.FormatInt(k.ID, 10)+" "+printable(k.ClientID)+")",
	)
}

// LogValue returns what Format writes.
func (k PartnerKey) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(k)) }

// CreatePartnerKey creates a key. The call is never repeated once it may have arrived, because a
// key that was created can't be looked up. Beside an *Error that is Lost, the PartnerKey holds what
// could be read of the answer, which is usually nothing. Errors are *Error.
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
	return do(ctx, c, &call{
		name: "partner-key", method: http.MethodPost, path: "/rest/v1.3/jpphp/partner-keys/new",
		once: true,
		fields: nonEmpty([]Field{
			{Name: "name", Value: r.Name},
			{Name: "allowed_personal_plans", Value: limit(r.Personal)},
			{Name: "allowed_premium_plans", Value: limit(r.Premium)},
			{Name: "allowed_professional_plans", Value: limit(r.Professional)},
			{Name: "notes", Value: r.Notes},
		}),
	}, readPartnerKey)
}

// readPartnerKey reads an answer. It must have a client ID and secret, and nothing else: a key that
// was created must not get lost because of its notes. For the same reason readPartnerKey returns a
// key with a secret even beside an error, unless the error is a refusal.
func readPartnerKey(p reply) (PartnerKey, error) {
	root, err := p.check()
	id, _ := wholeNumber(root.Get("id"))
	k := PartnerKey{
		ID: id, Name: text(root, "name"), Notes: text(root, "notes"),
		ClientID:     numberOrString(root.Get("client_id")),
		ClientSecret: Secret(text(root, "client_secret")),
		Personal:     limitOf(root, "personal"),
		Premium:      limitOf(root, "premium"),
		Professional: limitOf(root, "professional"),
		RequestID:    p.requestID, Raw: Secret(p.body),
	}
	if err == nil && (k.ClientID == "" || k.ClientSecret == "") {
		err = p.errorf(CodeInvalidAnswer, "client_id or client_secret is missing or isn't text")
	}
	if e := apiError(err); e != nil && (!e.unanswered() && !e.Lost() || k.ClientSecret == "") {
		k = PartnerKey{}
	}
	return k, err
}

// limitOf returns a limit, which the API writes as text (plan-provisioning.md), or -1 if there is
// none.
func limitOf(root gjson.Result, plan string) int {
	n, ok := wholeNumber(root.Get("allowed_" + plan + "_plans"))
	if !ok || int64(int(n)) != n {
		return -1
	}
	return int(n)
}
