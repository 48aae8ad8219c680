package sandbox

import (
	"fmt"
	"net/url"
)

// checkProvision looks at the fields of a provision call.
func checkProvision(x *exchange) error {
	f := x.fields
	u, err := url.Parse(f["siteurl"])
	switch {
	case f["siteurl"] == "":
		return documented("invalid_siteurl")
	case err != nil || !isWebURL(u) || u.User != nil || u.RawQuery != "" || u.Fragment != "":
		no := documented("invalid_siteurl")
		no.message = fmt.Sprintf("%q is not the http or https URL of a site", f["siteurl"])
		return no
	case f["local_user"] == "":
		return documented("invalid_local_user")
	case !isPlan(f["plan"]):
		return documented("invalid_plan", f["plan"])
	}
	for _, name := range []string{"force_register", "force_connect", "onboarding"} {
		if v, sent := f[name]; sent && !isBool(v) {
			return invalidInput(x.call, "%q must be 1, 0, true or false", name)
		}
	}
	if v, sent := f["wpcom_user_id"]; sent && !isDigits(v) {
		return invalidInput(x.call, `"wpcom_user_id" must be a number`)
	}
	if v, sent := f["home_url"]; sent {
		if u, err := url.Parse(v); err != nil || !isWebURL(u) {
			return invalidInput(x.call, `"home_url" must be an http or https URL`)
		}
	}
	if err := checkSSH(x, false); err != nil {
		return err
	}
	return checkFTP(x, false)
}

// checkSSH wants ssh_user with one of the two secrets; all is needed where the
// call is about nothing else.
func checkSSH(x *exchange, needed bool) error {
	f := x.fields
	given := sent(f, "ssh_user", "ssh_pass", "ssh_private_key", "ssh_host", "ssh_port")
	switch {
	case !given && !needed:
		return nil
	case f["ssh_user"] == "":
		return invalidInput(x.call, `"ssh_user" is missing`)
	case needed && f["ssh_host"] == "":
		return invalidInput(x.call, `"ssh_host" is missing`)
	case f["ssh_pass"] == "" && f["ssh_private_key"] == "":
		return invalidInput(x.call, `"ssh_user" needs "ssh_pass" or "ssh_private_key"`)
	case f["ssh_pass"] != "" && f["ssh_private_key"] != "":
		return invalidInput(x.call, `"ssh_pass" and "ssh_private_key" exclude each other`)
	}
	return checkPort(x, "ssh_port")
}

// checkFTP wants ftp_user; the password is optional on the endpoint's page.
func checkFTP(x *exchange, needed bool) error {
	f := x.fields
	given := sent(f, "ftp_user", "ftp_pass", "ftp_host", "ftp_port")
	switch {
	case !given && !needed:
		return nil
	case f["ftp_user"] == "":
		return invalidInput(x.call, `"ftp_user" is missing`)
	case needed && f["ftp_host"] == "":
		return invalidInput(x.call, `"ftp_host" is missing`)
	}
	return checkPort(x, "ftp_port")
}

func checkPort(x *exchange, name string) error {
	if v, there := x.fields[name]; there && !isPort(v) {
		return invalidInput(x.call, "%q must be a port from 1 to 65535", name)
	}
	return nil
}

func sent(fields map[string]string, names ...string) bool {
	for _, name := range names {
		if _, there := fields[name]; there {
			return true
		}
	}
	return false
}
