package ledger

import (
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"jetpack-start/internal/mysqldb"
)

// target is what a dsn identifies: the path of a file, or a database on a server.
type target struct {
	path  string
	mysql *mysql.Config
}

// urlForm is the form of a server's dsn, for messages.
const urlForm = "mysql://user:password@host:port/database"

// parseDSN parses a dsn. Its errors don't quote the dsn: if a password has an unescaped special
// character, parts of the password are parsed as the host, the database or a parameter.
func parseDSN(dsn string) (target, error) {
	invalid := func(text string) (target, error) {
		return target{}, fmt.Errorf("ledger: %w location: %s", ErrInvalid, text)
	}
	scheme, _, isURL := strings.Cut(dsn, "://")
	switch {
	case dsn == "":
		return invalid("it is empty; it must be a file path or " + urlForm)
	case strings.ContainsRune(dsn, 0):
		return invalid("it has a NUL byte")
	case isURL && (scheme == "mysql" || scheme == "mariadb"):
		c, problem := parseMySQL(dsn)
		if problem != "" {
			return invalid(problem)
		}
		return target{mysql: c}, nil
	case isURL, strings.HasPrefix(dsn, "file:"), dsn == ":memory:",
		// The form of Go's MySQL driver. As a path it would become the name of a file, with the
		// password in it.
		strings.Contains(dsn, "@tcp("), strings.Contains(dsn, "@unix("):
		return invalid("it is neither a file path nor " + urlForm)
	}
	return target{path: dsn}, nil
}

// parseMySQL parses the URL of a database on a server. problem is why it is invalid, "" if it is
// valid.
func parseMySQL(dsn string) (c *mysql.Config, problem string) {
	const escape = "; in the user and password, percent-encode special characters:" +
		" @ as %40, / as %2F, : as %3A, # as %23, ? as %3F, % as %25"
	u, err := url.Parse(dsn)
	if err != nil || u.Opaque != "" {
		return nil, "it is not a URL" + escape
	}
	database := strings.TrimPrefix(u.Path, "/")
	switch {
	case u.Fragment != "" || strings.HasSuffix(dsn, "#"):
		return nil, "it has a #" + escape
	case strings.ContainsAny(database, "/@:"):
		return nil, "the database's name has a / or @ or : in it" + escape
	case database == "":
		return nil, "it has no database: " + urlForm
	case u.User.Username() == "":
		return nil, "it has no user: " + urlForm
	}
	c = mysqldb.NewConfig()
	c.User, c.DBName = u.User.Username(), database
	c.Passwd, _ = u.User.Password()
	port := u.Port()
	if port == "" {
		port = "3306"
	}
	c.Addr = net.JoinHostPort(u.Hostname(), port)
	if problem := parseParameters(c, u); problem != "" {
		return nil, problem
	}
	if c.Net == "tcp" && u.Hostname() == "" {
		return nil, "it has no host and no socket"
	}
	return c, ""
}

// parseParameters parses the URL's query. It accepts only parameters that are harmless: others of
// the driver's change behavior that the ledger depends on.
func parseParameters(c *mysql.Config, u *url.URL) (problem string) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "its parameters can't be parsed"
	}
	ca := ""
	durations := map[string]*time.Duration{
		"timeout":      &c.Timeout,
		"readTimeout":  &c.ReadTimeout,
		"writeTimeout": &c.WriteTimeout,
	}
	for name, all := range values {
		value := all[len(all)-1]
		switch name {
		case "socket":
			if u.Host != "" && u.Hostname() != "localhost" {
				return "it has both a host and a socket"
			}
			c.Net, c.Addr = "unix", value
		case "tls":
			switch value {
			case "true", "false", "skip-verify", "preferred":
				c.TLSConfig = value
			default:
				return "tls must be true, false, skip-verify or preferred"
			}
		case "tls-ca":
			ca = value
		case "timeout", "readTimeout", "writeTimeout":
			d, err := time.ParseDuration(value)
			if err != nil || d <= 0 {
				return name + " must be a duration such as 10s"
			}
			*durations[name] = d
		default:
			return "it has an unknown parameter; the parameters are " +
				"socket, tls, tls-ca, timeout, readTimeout, writeTimeout"
		}
	}
	if c.Net == "unix" {
		c.TLSConfig = "" // the connection doesn't leave the machine
		return ""
	}
	if ca != "" { // overrides tls
		if err := mysqldb.RequireCA(c, ca); err != nil {
			return "tls-ca: " + err.Error()
		}
	}
	return ""
}
