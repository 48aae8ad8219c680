package jetpack

import (
	"context"
	"net/http"
	"strconv"
)

// SSHCredentials are the credentials with which Jetpack's backups reach a site by SSH
// (setting-backups-ssh-credentials.md). Values are sent unchanged, and empty ones aren't sent; the
// API decides what is valid.
type SSHCredentials struct {
	Host, User       string
	Port             string // "" means 22
	Pass, PrivateKey Secret // one of the two
}

// Fields returns the form fields that are sent, in a fixed order, without the empty ones.
func (s SSHCredentials) Fields() []Field {
	return nonEmpty([]Field{
		{Name: "ssh_host", Value: s.Host},
		{Name: "ssh_user", Value: s.User},
		{Name: "ssh_pass", Value: s.Pass.Reveal(), Secret: true},
		{Name: "ssh_private_key", Value: s.PrivateKey.Reveal(), Secret: true},
		{Name: "ssh_port", Value: s.Port},
	})
}

// FTPCredentials are the credentials with which Jetpack's backups reach a site by FTP
// (setting-backups-ftp-credentials.md). Values are sent as those of SSHCredentials are.
type FTPCredentials struct {
	Host, User string
	Port       string // "" means 21
	Pass       Secret // may be empty
}

// Fields returns the form fields that are sent, in a fixed order, without the empty ones.
func (f FTPCredentials) Fields() []Field {
	return nonEmpty([]Field{
		{Name: "ftp_host", Value: f.Host},
		{Name: "ftp_user", Value: f.User},
		{Name: "ftp_pass", Value: f.Pass.Reveal(), Secret: true},
		{Name: "ftp_port", Value: f.Port},
	})
}

// SetSSHCredentials stores the SSH credentials for the backups of a site. blogID is WordPress.com's
// ID of the site. The call is repeated if no good answer comes, because setting the same
// credentials twice does no harm.
//
// requestID is the X-Jetpack-Request-Id of the answer. Errors are *Error; the code of an answer
// with success false and no code is CodeFailed.
func (c *Client) SetSSHCredentials(
	ctx context.Context, blogID int64, s SSHCredentials,
) (requestID string, err error) {
	return c.setCredentials(ctx, "ssh-credentials", blogID, s.Fields())
}

// SetFTPCredentials stores the FTP credentials for the backups of a site, as SetSSHCredentials
// does.
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
	return do(ctx, c, &call{
		name: name, method: http.MethodPost, fields: fields,
		path: "/rest/v1.3/jpphp/" + strconv.FormatInt(blogID, 10) + "/" + name,
	}, readSuccess)
}

// readSuccess reads an answer that has success and nothing else.
func readSuccess(p reply) (requestID string, err error) {
	root, err := p.check()
	if err != nil {
		return "", err
	}
	switch success, ok := boolean(root.Get("success")); {
	case !ok:
		return "", p.errorf(CodeInvalidAnswer, "success is neither true nor false")
	case !success:
		return "", p.notDone(root, CodeFailed)
	}
	return p.requestID, nil
}
