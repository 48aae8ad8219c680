package jetpack

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
)

// Field is one form field of a request. Printing it, as text, as JSON or to log/slog, hides a
// secret value.
type Field struct {
	Name, Value string
	Secret      bool // Value must not be shown
}

func (f Field) shown() string {
	if f.Secret {
		return Secret(f.Value).String()
	}
	return f.Value
}

// Format writes name=value for any verb.
func (f Field) Format(s fmt.State, _ rune) { io.WriteString(s, f.Name+"="+f.shown()) }

// MarshalJSON gives the members Name, Value and Secret.
func (f Field) MarshalJSON() ([]byte, error) {
	type plain Field // without this method
	f.Value = f.shown()
	return json.Marshal(plain(f))
}

// LogValue gives name=value.
func (f Field) LogValue() slog.Value { return slog.StringValue(f.Name + "=" + f.shown()) }

// ProvisionRequest asks for a plan or product for a site (plan-provisioning.md). Values are sent
// as they are given, empty ones not at all; what is valid, the API decides.
type ProvisionRequest struct {
	SiteURL     string // where WordPress' core files are, with the scheme the site answers to
	LocalUser   string // login, e-mail or ID of the site's user who is to own the plan
	Plan        string // slug of a plan or product
	HomeURL     string // where visitors find the site, when that differs
	WPComUserID string // for some partner keys: connects this WordPress.com user without an approval
	// WPComUserEmail is that user's e-mail. No published page describes it; the published scripts
	// sent it.
	WPComUserEmail string

	ForceRegister string // registers the site again although WordPress.com has tokens for it
	ForceConnect  string // connects the user again although WordPress.com has tokens for them
	Onboarding    string // leads the user through the wizard for new sites

	// SSHHost is taken from SiteURL by the API when empty, SSHPort is 22 then. With SSHUser goes
	// SSHPass or SSHPrivateKey.
	SSHHost, SSHUser, SSHPort string
	SSHPass, SSHPrivateKey    Secret
	// FTPHost is taken from SiteURL by the API when empty, FTPPort is 21 then.
	FTPHost, FTPUser, FTPPort string
	FTPPass                   Secret

	TrackingID string // the query's partner-tracking-id: the partner's own mark for the order
}

// Fields lists what is sent in the form, in a fixed order, without what is empty.
func (r ProvisionRequest) Fields() []Field {
	return filled([]Field{
		{Name: "siteurl", Value: r.SiteURL},
		{Name: "local_user", Value: r.LocalUser},
		{Name: "plan", Value: r.Plan},
		{Name: "home_url", Value: r.HomeURL},
		{Name: "force_register", Value: r.ForceRegister},
		{Name: "force_connect", Value: r.ForceConnect},
		{Name: "onboarding", Value: r.Onboarding},
		{Name: "wpcom_user_id", Value: r.WPComUserID},
		{Name: "wpcom_user_email", Value: r.WPComUserEmail},
		{Name: "ssh_host", Value: r.SSHHost},
		{Name: "ssh_user", Value: r.SSHUser},
		{Name: "ssh_pass", Value: r.SSHPass.Reveal(), Secret: true},
		{Name: "ssh_private_key", Value: r.SSHPrivateKey.Reveal(), Secret: true},
		{Name: "ssh_port", Value: r.SSHPort},
		{Name: "ftp_host", Value: r.FTPHost},
		{Name: "ftp_user", Value: r.FTPUser},
		{Name: "ftp_pass", Value: r.FTPPass.Reveal(), Secret: true},
		{Name: "ftp_port", Value: r.FTPPort},
	})
}

// filled leaves out the fields that are empty.
func filled(fields []Field) []Field {
	return slices.DeleteFunc(fields, func(f Field) bool { return f.Value == "" })
}

// ProvisionAnswer is a good answer (plan-provisioning.md), in one of three forms: AuthRequired
// false, the plan is there; true with a NextURL, the user must approve the connection there within
// 14 days; true without one, the domain doesn't resolve yet and the user connects from wp-admin
// later.
type ProvisionAnswer struct {
	Success      bool // always true when the error is nil
	AuthRequired bool
	NextURL      string
	AccessToken  Secret // a user token to store on the site; "" when there is none
	SSHSet       *bool  // whether the SSH credentials were saved; nil when none were sent or the answer doesn't say
	SSHError     string // why they weren't
	Raw          []byte // the answer as it came. It can hold the access token: print WithoutAccessToken of it
	RequestID    string // X-Jetpack-Request-Id
}

// Provision asks for a plan. It may cost money, so it is repeated only where it can't have arrived
// (no connection) or was turned away (429, a refused token). After an *Error that is Lost nobody
// knows whether the plan is there: look with Status. Errors are *Error, with the API's codes
// (errors.md) or this package's; CodeProvisionFailed stands for a success that is false without a
// code.
func (c *Client) Provision(ctx context.Context, r ProvisionRequest) (ProvisionAnswer, error) {
	var a ProvisionAnswer
	cl := &call{
		name: "provision", method: http.MethodPost, path: "/rest/v1.3/jpphp/provision", fields: r.Fields(), once: true,
		read: func(p reply) (e *Error) {
			a, e = readProvision(p)
			return e
		},
	}
	if r.TrackingID != "" {
		cl.query = url.Values{"partner-tracking-id": {r.TrackingID}}
	}
	if e := c.do(ctx, cl); e != nil {
		return ProvisionAnswer{}, e
	}
	a.SSHError = without(a.SSHError, []string{r.SSHPass.Reveal(), r.SSHPrivateKey.Reveal()})
	return a, nil
}

// readProvision reads an answer. What decides must be of its type: a plan taken for not
// provisioned would be asked for, and paid, again.
func readProvision(p reply) (ProvisionAnswer, *Error) {
	root, e := p.check()
	if e != nil {
		return ProvisionAnswer{}, e
	}
	success, ok := boolean(root.Get("success"))
	if !ok {
		return ProvisionAnswer{}, p.errorf(CodeInvalidAnswer, "success is neither true nor false")
	}
	if !success {
		return ProvisionAnswer{}, p.notDone(root, CodeProvisionFailed)
	}
	auth, authOK := boolean(root.Get("auth_required"))
	next, nextOK := optional(root.Get("next_url"))
	user, userOK := optional(root.Get(tokenMember))
	switch {
	case !authOK:
		return ProvisionAnswer{}, p.errorf(
			CodeInvalidAnswer, "auth_required is neither true nor false",
		)
	case !nextOK:
		return ProvisionAnswer{}, p.errorf(CodeInvalidAnswer, "next_url isn't text")
	case !userOK:
		return ProvisionAnswer{}, p.errorf(CodeInvalidAnswer, "access_token isn't text")
	}
	a := ProvisionAnswer{
		Success: true, AuthRequired: auth, NextURL: next, AccessToken: Secret(user),
		SSHError: text(root, "ssh_error"), Raw: p.body, RequestID: p.requestID,
	}
	if set, ok := boolean(root.Get("ssh_set")); ok {
		a.SSHSet = &set
	}
	return a, nil
}
