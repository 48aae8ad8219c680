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

// place is where a dsn leads: a file's path, or a server.
type place struct {
	path  string
	mysql *mysql.Config
}

// parseDSN reads a dsn. Its errors quote nothing of it: where a password holds a character that it
// shouldn't, parts of it turn up as the host, the database or a parameter.
func parseDSN(dsn string) (place, error) {
	refuse := func(text string) (place, error) {
		return place{}, fmt.Errorf("ledger: %w place: %s", ErrInvalid, text)
	}
	scheme, _, isURL := strings.Cut(dsn, "://")
	switch {
	case dsn == "":
		return refuse("it is empty; give a file's path or mysql://user:password@host:port/database")
	case strings.ContainsRune(dsn, 0):
		return refuse("it holds a NUL")
	case isURL && (scheme == "mysql" || scheme == "mariadb"):
		c, fault := parseMySQL(dsn)
		if fault != "" {
			return refuse(fault)
		}
		return place{mysql: c}, nil
	case isURL, strings.HasPrefix(dsn, "file:"), dsn == ":memory:",
		// The form of Go's driver; taken for a path it would end in a file's name, password and
		// all.
		strings.Contains(dsn, "@tcp(") || strings.Contains(dsn, "@unix("):
		return refuse("it is neither a file's path nor mysql://user:password@host:port/database")
	}
	return place{path: dsn}, nil
}

// parseMySQL reads the URL of a server; fault tells what is wrong with it.
func parseMySQL(dsn string) (c *mysql.Config, fault string) {
	const escape = "; in user and password, what is special in a URL is written with %:" +
		" @ as %40, / as %2F, : as %3A, # as %23, ? as %3F, % as %25"
	u, err := url.Parse(dsn)
	if err != nil || u.Opaque != "" {
		return nil, "it is no URL" + escape
	}
	database := strings.TrimPrefix(u.Path, "/")
	switch {
	case u.Fragment != "" || strings.HasSuffix(dsn, "#"):
		return nil, "it has a #" + escape
	case strings.ContainsAny(database, "/@:"):
		return nil, "the database's name has a / or @ or : in it" + escape
	case database == "":
		return nil, "it names no database: mysql://user:password@host:port/database"
	case u.User.Username() == "":
		return nil, "it names no user: mysql://user:password@host:port/database"
	}
	c = mysqldb.NewConfig()
	c.User, c.DBName = u.User.Username(), database
	c.Passwd, _ = u.User.Password()
	port := u.Port()
	if port == "" {
		port = "3306"
	}
	c.Addr = net.JoinHostPort(u.Hostname(), port)
	if fault := parseParameters(c, u); fault != "" {
		return nil, fault
	}
	if c.Net == "tcp" && u.Hostname() == "" {
		return nil, "it names no host and no socket"
	}
	return c, ""
}

// parseParameters reads what stands after the ?. Only what does no harm is taken: the driver's
// other parameters change what the ledger builds on.
func parseParameters(c *mysql.Config, u *url.URL) (fault string) {
	values, err := url.ParseQuery(u.RawQuery)
	if err != nil {
		return "its parameters can't be read"
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
				return "it names a host and a socket"
			}
			c.Net, c.Addr = "unix", value
		case "tls":
			if value != "true" && value != "false" && value != "skip-verify" &&
				value != "preferred" {
				return "tls is none of true, false, skip-verify, preferred"
			}
			c.TLSConfig = value
		case "tls-ca":
			ca = value
		case "timeout", "readTimeout", "writeTimeout":
			d, err := time.ParseDuration(value)
			if err != nil || d <= 0 {
				return name + " is no duration like 10s"
			}
			*durations[name] = d
		default:
			return "it has an unknown parameter; known are socket, tls, tls-ca, timeout, readTimeout, writeTimeout"
		}
	}
	switch {
	case c.Net == "unix":
		c.TLSConfig = "" // nothing leaves the machine
		return ""
	case ca == "":
		return ""
	}
	// Whatever else tls says.
	if err := mysqldb.RequireCA(c, ca); err != nil {
		return "tls-ca: " + err.Error()
	}
	return ""
}
