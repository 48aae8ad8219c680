package sandbox

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// checkProvision returns an error if the fields of a provision call are invalid.
func checkProvision(x *exchange) error {
	f := x.fields
	u, err := url.Parse(f["siteurl"])
	switch {
	case f["siteurl"] == "":
		return documentedError("invalid_siteurl")
	case err != nil || !isWebURL(u) || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		err := documentedError("invalid_siteurl")
		err.message = fmt.Sprintf("%q is not the http or https URL of a site", f["siteurl"])
		return err
	case f["local_user"] == "":
		return documentedError("invalid_local_user")
	case !isProduct(f["plan"]):
		return documentedError("invalid_plan", f["plan"])
	}
	for _, name := range []string{"force_register", "force_connect", "onboarding"} {
		if v, sent := f[name]; sent && !isBool(v) {
			return invalidInput(x.endpoint, "%q must be 1, 0, true or false", name)
		}
	}
	if v, sent := f["wpcom_user_id"]; sent && !isDigits(v) {
		return invalidInput(x.endpoint, `"wpcom_user_id" must be a number`)
	}
	if v, sent := f["home_url"]; sent {
		if u, err := url.Parse(v); err != nil || !isWebURL(u) {
			return invalidInput(x.endpoint, `"home_url" must be an http or https URL`)
		}
	}
	if err := checkSSH(x, false); err != nil {
		return err
	}
	return checkFTP(x, false)
}

// checkSSH returns an error if the SSH fields are invalid: ssh_user needs exactly one of ssh_pass
// and ssh_private_key. If required is set, there must be SSH fields, ssh_host among them.
func checkSSH(x *exchange, required bool) error {
	f := x.fields
	switch {
	case !hasAny(f, sshFields) && !required:
		return nil
	case f["ssh_user"] == "":
		return invalidInput(x.endpoint, `"ssh_user" is missing`)
	case required && f["ssh_host"] == "":
		return invalidInput(x.endpoint, `"ssh_host" is missing`)
	case f["ssh_pass"] == "" && f["ssh_private_key"] == "":
		return invalidInput(x.endpoint, `"ssh_user" needs "ssh_pass" or "ssh_private_key"`)
	case f["ssh_pass"] != "" && f["ssh_private_key"] != "":
		return invalidInput(x.endpoint, `"ssh_pass" and "ssh_private_key" exclude each other`)
	}
	return checkPort(x, "ssh_port")
}

// checkFTP returns an error if the FTP fields are invalid. ftp_pass is optional, as on the
// endpoint's page. If required is set, there must be FTP fields, ftp_host among them.
func checkFTP(x *exchange, required bool) error {
	f := x.fields
	switch {
	case !hasAny(f, ftpFields) && !required:
		return nil
	case f["ftp_user"] == "":
		return invalidInput(x.endpoint, `"ftp_user" is missing`)
	case required && f["ftp_host"] == "":
		return invalidInput(x.endpoint, `"ftp_host" is missing`)
	}
	return checkPort(x, "ftp_port")
}

// checkPort returns an error if the field was sent and isn't a port.
func checkPort(x *exchange, name string) error {
	v, sent := x.fields[name]
	n, err := strconv.Atoi(v)
	if sent && (err != nil || !isDigits(v) || n < 1 || n > 65535) {
		return invalidInput(x.endpoint, "%q must be a port from 1 to 65535", name)
	}
	return nil
}

// hasAny reports whether one of the named fields was sent.
func hasAny(fields map[string]string, names []string) bool {
	return slices.ContainsFunc(names, func(name string) bool {
		_, sent := fields[name]
		return sent
	})
}

func isTrue(v string) bool { return v == "1" || v == "true" }

func isBool(v string) bool { return slices.Contains([]string{"1", "0", "true", "false"}, v) }

func isDigits(v string) bool {
	return v != "" && strings.Trim(v, "0123456789") == ""
}

func isErrorCode(v string) bool {
	return v != "" && strings.Trim(v, "abcdefghijklmnopqrstuvwxyz0123456789_-") == ""
}
