package whmcs

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/go-sql-driver/mysql"

	"jetpack-start/internal/mysqldb"
	"jetpack-start/jetpack"
)

// connector returns a connector for the settings. Its errors name the setting, never a value.
func (d Database) connector() (driver.Connector, error) {
	c, err := d.config()
	if err != nil {
		return nil, err
	}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, errors.New("the server's address is invalid ($db_host)")
	}
	return connector, nil
}

// config reads the settings as PHP's clients do: no host, or localhost, means the socket; a host
// may have a port or a socket after a colon.
func (d Database) config() (*mysql.Config, error) {
	switch {
	case d.Name == "":
		return nil, errors.New("the database has no name ($db_name)")
	case d.User == "":
		return nil, errors.New("there is no user ($db_username)")
	}
	c := mysqldb.NewConfig()
	c.User, c.Passwd, c.DBName = d.User, string(d.Password), d.Name
	c.ParseTime = true
	// Longer than the wait for the lock, and short enough for a command to end before its call may
	// be settled.
	c.ReadTimeout, c.WriteTimeout = 35*time.Second, 35*time.Second
	host, port, socket := d.Host, d.Port, d.Socket
	h, rest, ok := strings.Cut(host, ":")
	if ok && !strings.Contains(rest, ":") { // not an IPv6 address
		host = h
		if strings.HasPrefix(rest, "/") {
			socket = rest
		} else {
			port = rest
		}
	} else if strings.HasPrefix(host, "/") {
		host, socket = "", host
	} else if strings.HasPrefix(host, "[") {
		if h, p, err := net.SplitHostPort(host); err == nil {
			host, port = h, p
		}
	}
	if port == "" {
		port = "3306"
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		return nil, errors.New("the port is invalid ($db_port)")
	}
	if host == "" || host == "localhost" {
		if info, err := os.Stat(socket); socket != "" && err == nil &&
			info.Mode().Type() == os.ModeSocket {
			c.Net, c.Addr, c.TLSConfig = "unix", socket, "" // nothing leaves the machine
			return c, nil
		}
		host = "127.0.0.1"
	}
	c.Addr = net.JoinHostPort(strings.Trim(host, "[]"), port)
	if d.TLSCA != "" {
		if err := mysqldb.RequireCA(c, d.TLSCA); err != nil {
			return nil, fmt.Errorf("$db_tls_ca: %w", err)
		}
	}
	return c, nil
}

// token returns the token that Jetpack's modules hold, or "" if there is none: that of another
// product of theirs, else that of their addon module.
func (s *store) token(ctx context.Context) (token jetpack.Secret, err error) {
	const statement = `(SELECT 1 AS place,
			CONVERT(configoption1 USING utf8mb4) COLLATE utf8mb4_bin AS token FROM tblproducts
			WHERE servertype = 'jetpack' AND configoption1 NOT IN ('', '` + tokenPlaceholder + `')
			ORDER BY id LIMIT 1)
		UNION ALL
		(SELECT 2, CONVERT(value USING utf8mb4) COLLATE utf8mb4_bin FROM tbladdonmodules
			WHERE module = 'jetpack' AND setting = 'api_token'
			AND value NOT IN ('', '` + tokenPlaceholder + `') LIMIT 1)
		ORDER BY place LIMIT 1`
	var place int
	var text string
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		return q.QueryRowContext(ctx, statement).Scan(&place, &text)
	})
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return jetpack.Secret(strings.TrimSpace(text)), err
}

// parentDomain returns the domain of an addon's service, because WHMCS may pass none for an addon.
func (s *store) parentDomain(ctx context.Context, serviceID int64) (domain string, err error) {
	err = s.query(ctx, func(q mysqldb.Queryer) error {
		const statement = `SELECT domain FROM tblhosting WHERE id = ?`
		return q.QueryRowContext(ctx, statement, serviceID).Scan(&domain)
	})
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return domain, err
}
