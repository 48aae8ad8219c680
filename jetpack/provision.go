package jetpack

import (
	"context"
	"net/http"
	"net/url"

	"github.com/tidwall/gjson"
)

// ProvisionRequest describes a plan or product to provision for a site (plan-provisioning.md).
// Values are sent unchanged, and empty ones aren't sent; the API decides what is valid.
type ProvisionRequest struct {
	SiteURL   string // WordPress's siteurl: where its core files are; with the scheme
	LocalUser string // login, e-mail or ID of the user of the site who will own the plan
	Plan      string // slug of a plan or product
	HomeURL   string // WordPress's home: where visitors find the site, if it isn't SiteURL
	// WPComUserID is the ID of a WordPress.com user to connect without an approval. Only some
	// partner keys may do that.
	WPComUserID string
	// WPComUserEmail is the e-mail address of that user. No published page describes it; the old
	// scripts sent it (docs/contract.md, "The old scripts").
	WPComUserEmail string

	ForceRegister string // registers the site again even if WordPress.com has tokens for it
	ForceConnect  string // connects the user again even if WordPress.com has tokens for them
	Onboarding    string // leads the user through the wizard for new sites

	// SSHHost defaults to the host of SiteURL, SSHPort to 22; the API does that. SSHUser needs
	// SSHPass or SSHPrivateKey.
	SSHHost, SSHUser, SSHPort string
	SSHPass, SSHPrivateKey    Secret
	// FTPHost defaults to the host of SiteURL, FTPPort to 21; the API does that.
	FTPHost, FTPUser, FTPPort string
	FTPPass                   Secret

	TrackingID string // the partner's own ID of the order; partner_tracking_id in the query
}

// Fields returns the form fields that are sent, in a fixed order, without the empty ones.
func (r ProvisionRequest) Fields() []Field {
	return nonEmpty([]Field{
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

// ProvisionAnswer is a good answer (plan-provisioning.md). There are three:
//
//   - AuthRequired is false: the plan is provisioned.
//   - AuthRequired is true and NextURL isn't empty: the user must approve the connection at NextURL
//     within 14 days.
//   - AuthRequired is true and NextURL is empty: the domain doesn't resolve yet. The user connects
//     later, in wp-admin, or the same request is made again.
type ProvisionAnswer struct {
	Success      bool // always true if there was no error
	AuthRequired bool
	NextURL      string
	AccessToken  Secret // a user token to store on the site; "" if there is none
	SSHSet       *bool  // the SSH credentials were stored; nil if unknown or none were sent
	SSHError     string // why they weren't
	FTPSet       *bool  // like SSHSet, for the FTP credentials
	FTPError     string
	Raw          []byte // the answer, which can hold the access token: see WithoutAccessToken
	RequestID    string // X-Jetpack-Request-Id
}

// Provision provisions a plan. It may cost money, so it is repeated only if it can't have arrived
// (no connection) or was turned away (429, a refused token). After an *Error that is Lost, the plan
// may or may not be provisioned: look with Status before asking again.
//
// Errors are *Error, with the codes of the API (errors.md) or of this package. The code of an
// answer with success false and no code is CodeProvisionFailed.
func (c *Client) Provision(ctx context.Context, r ProvisionRequest) (ProvisionAnswer, error) {
	cl := &call{
		name: "provision", method: http.MethodPost, path: "/rest/v1.3/jpphp/provision",
		fields: r.Fields(), once: true,
	}
	if r.TrackingID != "" {
		cl.query = url.Values{"partner_tracking_id": {r.TrackingID}}
	}
	a, err := do(ctx, c, cl, readProvision)
	secrets := []string{r.SSHPass.Reveal(), r.SSHPrivateKey.Reveal(), r.FTPPass.Reveal()}
	a.SSHError, a.FTPError = without(a.SSHError, secrets), without(a.FTPError, secrets)
	return a, err
}

// readProvision accepts the members that matter only if they have the right type. If a plan were
// wrongly taken for not provisioned, it would be requested again, and paid twice.
func readProvision(p reply) (ProvisionAnswer, error) {
	root, err := p.check()
	if err != nil {
		return ProvisionAnswer{}, err
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
		err = p.errorf(CodeInvalidAnswer, "auth_required is neither true nor false")
	case !nextOK:
		err = p.errorf(CodeInvalidAnswer, "next_url isn't text")
	case !userOK:
		err = p.errorf(CodeInvalidAnswer, "access_token isn't text")
	}
	if err != nil {
		return ProvisionAnswer{}, err
	}
	a := ProvisionAnswer{
		Success: true, AuthRequired: auth, NextURL: next, AccessToken: Secret(user),
		SSHSet: optionalBool(root, "ssh_set"), SSHError: text(root, "ssh_error"),
		FTPSet: optionalBool(root, "ftp_set"), FTPError: text(root, "ftp_error"),
		Raw: p.body, RequestID: p.requestID,
	}
	return a, nil
}

// optionalBool returns the value of a boolean member, or nil if it is missing or not a boolean.
func optionalBool(root gjson.Result, name string) *bool {
	if b, ok := boolean(root.Get(name)); ok {
		return &b
	}
	return nil
}
