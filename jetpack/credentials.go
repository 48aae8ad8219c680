package jetpack

import (
	"context"
	"net/http"
	"strconv"
)

// SSHCredentials are what Jetpack's backups reach a site with
// (setting-backups-ssh-credentials.md). Values are sent as they are given, empty ones not at all;
// what is valid, the API decides.
type SSHCredentials struct {
	Host, User       string
	Port             string // "" means 22
	Pass, PrivateKey Secret // one of the two
}

// Fields lists what is sent in the form, in a fixed order, without what is empty.
func (s SSHCredentials) Fields() []Field {
	return filled([]Field{
		{Name: "ssh_host", Value: s.Host},
		{Name: "ssh_user", Value: s.User},
		{Name: "ssh_pass", Value: s.Pass.Reveal(), Secret: true},
		{Name: "ssh_private_key", Value: s.PrivateKey.Reveal(), Secret: true},
		{Name: "ssh_port", Value: s.Port},
	})
}

// FTPCredentials are SSHCredentials for FTP (setting-backups-ftp-credentials.md).
type FTPCredentials struct {
	Host, User string
	Port       string // "" means 21
	Pass       Secret // may be empty
}

// Fields lists what is sent in the form, in a fixed order, without what is empty.
func (f FTPCredentials) Fields() []Field {
	return filled([]Field{
		{Name: "ftp_host", Value: f.Host},
		{Name: "ftp_user", Value: f.User},
		{Name: "ftp_pass", Value: f.Pass.Reveal(), Secret: true},
		{Name: "ftp_port", Value: f.Port},
	})
}

// SetSSHCredentials gives the API SSH access to a site for its backups. blogID is WordPress.com's
// ID of the site. It is repeated when no good answer comes, because setting the same twice does no
// harm. requestID is the answer's X-Jetpack-Request-Id. Errors are *Error; CodeFailed stands for a
// success that is false without a code.
func (c *Client) SetSSHCredentials(
	ctx context.Context, blogID int64, s SSHCredentials,
) (requestID string, err error) {
	return c.setCredentials(ctx, "ssh-credentials", blogID, s.Fields())
}

// SetFTPCredentials is SetSSHCredentials for FTP.
func (c *Client) SetFTPCredentials(
	ctx context.Context, blogID int64, f FTPCredentials,
) (requestID string, err error) {
	return c.setCredentials(ctx, "ftp-credentials", blogID, f.Fields())
}

func (c *Client) setCredentials(
	ctx context.Context, name string, blogID int64, fields []Field,
) (requestID string, err error) {
	if blogID <= 0 {
		return "", refusal(name, "not a blog ID: a number from 1 on", nil)
	}
	return c.succeed(ctx, &call{
		name: name, method: http.MethodPost, fields: fields,
		path: "/rest/v1.3/jpphp/" + strconv.FormatInt(blogID, 10) + "/" + name,
	})
}

// succeed makes a call whose answer says success and nothing else.
func (c *Client) succeed(ctx context.Context, cl *call) (requestID string, err error) {
	cl.read = func(p reply) *Error {
		requestID = p.requestID
		root, e := p.check()
		if e != nil {
			return e
		}
		switch success, ok := boolean(root.Get("success")); {
		case !ok:
			return p.errorf(CodeInvalidAnswer, "success is neither true nor false")
		case !success:
			return p.notDone(root, CodeFailed)
		}
		return nil
	}
	if e := c.do(ctx, cl); e != nil {
		return "", e
	}
	return requestID, nil
}
