package jetpack

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/tidwall/gjson"
)

// CancelRequest describes what to cancel for a site (plan-cancellation.md).
type CancelRequest struct {
	// Plan is the slug of a plan or product. It may be empty for the plans personal, premium and
	// professional, but not for products.
	Plan       string
	All        bool   // cancel everything that this partner provisioned for the site
	TrackingID string // the partner's own ID of the order; partner_tracking_id in the query
}

// CancelAnswer is an answer without an error.
type CancelAnswer struct {
	Success bool // false: there was nothing to cancel
	// Activations and PendingActivations list what All cancelled, as the API wrote it; nil if the
	// answer doesn't list them.
	Activations, PendingActivations json.RawMessage
	Raw                             []byte // the answer, without access tokens
	RequestID                       string // X-Jetpack-Request-Id
	// Repeated is true if the answer to an earlier try was lost. Then the earlier try may have
	// cancelled the plan although Success is false. It is also set beside an error.
	Repeated bool
}

// Cancel cancels a plan or product of a site, which is anything that SiteIdentifier accepts. It is
// repeated if no good answer comes, because cancelling twice does no harm: the second time there is
// nothing to cancel. Errors are *Error.
func (c *Client) Cancel(ctx context.Context, site string, r CancelRequest) (CancelAnswer, error) {
	id, err := SiteIdentifier(site)
	if err != nil {
		return CancelAnswer{}, refusal("cancel", err.Error(), err)
	}
	cl := &call{
		name: "cancel", method: http.MethodPost, path: "/rest/v1.3/jpphp/" + id + "/partner-cancel",
	}
	if r.Plan != "" {
		cl.fields = append(cl.fields, Field{Name: "plan", Value: r.Plan})
	}
	if r.All {
		cl.fields = append(cl.fields, Field{Name: "cancel-all", Value: "1"})
	}
	if r.TrackingID != "" {
		cl.query = url.Values{"partner_tracking_id": {r.TrackingID}}
	}
	a, err := do(ctx, c, cl, readCancel)
	if e := apiError(err); e != nil {
		return CancelAnswer{Repeated: e.Repeated}, err
	}
	a.Repeated = cl.lost
	return a, err
}

func readCancel(p reply) (CancelAnswer, error) {
	root, err := p.check()
	if err != nil {
		return CancelAnswer{}, err
	}
	success, ok := boolean(root.Get("success"))
	if !ok {
		return CancelAnswer{}, p.errorf(CodeInvalidAnswer, "success is neither true nor false")
	}
	return CancelAnswer{
		Success:            success,
		Activations:        rawMember(root, "activations"),
		PendingActivations: rawMember(root, "pending_activations"),
		Raw:                WithoutAccessToken(p.body), RequestID: p.requestID,
	}, nil
}

// rawMember returns the JSON of a member, or nil if it is missing or null.
func rawMember(root gjson.Result, name string) json.RawMessage {
	v := root.Get(name)
	if v.Type == gjson.Null {
		return nil
	}
	return bytes.Clone([]byte(v.Raw))
}
