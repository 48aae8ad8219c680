package jetpack

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/url"

	"github.com/tidwall/gjson"
)

// CancelRequest says what to cancel (plan-cancellation.md).
type CancelRequest struct {
	Plan       string // slug; may be empty for the plans personal, premium and professional, not for products
	All        bool   // all that this partner provisioned for the site
	TrackingID string // the query's partner_tracking_id
}

// CancelAnswer is an answer without an error.
type CancelAnswer struct {
	Success bool // false: there was nothing to cancel
	// Activations and PendingActivations say what All cancelled, as the API gave it; nil when it
	// didn't.
	Activations, PendingActivations json.RawMessage
	Raw                             []byte // the answer as it came, without access tokens
	RequestID                       string // X-Jetpack-Request-Id
	// Repeated says that the answer to an earlier try was lost, so that a Success of false can also
	// mean that the earlier try did it. It is set beside an error too.
	Repeated bool
}

// Cancel cancels at a site. site is a blog ID, an identifier or a URL: what SiteIdentifier takes.
// It is repeated when no good answer comes, because cancelling twice does no harm: the second time
// nothing is there. Errors are *Error.
func (c *Client) Cancel(ctx context.Context, site string, r CancelRequest) (CancelAnswer, error) {
	id, err := SiteIdentifier(site)
	if err != nil {
		return CancelAnswer{}, refusal("cancel", err.Error(), err)
	}
	var a CancelAnswer
	cl := &call{
		name:   "cancel",
		method: http.MethodPost,
		path:   "/rest/v1.3/jpphp/" + id + "/partner-cancel",
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
	cl.read = func(p reply) (e *Error) {
		a, e = readCancel(p)
		return e
	}
	if e := c.do(ctx, cl); e != nil {
		return CancelAnswer{Repeated: e.Repeated}, e
	}
	a.Repeated = cl.lost
	return a, nil
}

func readCancel(p reply) (CancelAnswer, *Error) {
	root, e := p.check()
	if e != nil {
		return CancelAnswer{}, e
	}
	success, ok := boolean(root.Get("success"))
	if !ok {
		return CancelAnswer{}, p.errorf(CodeInvalidAnswer, "success is neither true nor false")
	}
	return CancelAnswer{
		Success: success, Activations: rawMember(root, "activations"), PendingActivations: rawMember(root, "pending_activations"),
		Raw: WithoutAccessToken(p.body), RequestID: p.requestID,
	}, nil
}

// rawMember is a member's JSON, nil when it is missing or null.
func rawMember(root gjson.Result, name string) json.RawMessage {
	v := root.Get(name)
	if v.Type == gjson.Null {
		return nil
	}
	return bytes.Clone([]byte(v.Raw))
}
