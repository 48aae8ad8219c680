package whmcs

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestConnector(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "s")
	l, err := net.Listen("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for name, c := range map[string]struct {
		d         Database
		net, addr string
	}{
		"host": {Database{Host: "db.example"}, "tcp", "db.example:3306"},
		"host and port": {
			Database{Host: "db.example", Port: "3307"}, "tcp", "db.example:3307",
		},
		"port behind the host": {
			Database{Host: "db.example:3308", Port: "3307"}, "tcp", "db.example:3308",
		},
		"IPv6": {Database{Host: "2001:db8::1"}, "tcp", "[2001:db8::1]:3306"},
		"IPv6 in brackets": {
			Database{Host: "[2001:db8::1]"}, "tcp", "[2001:db8::1]:3306",
		},
		"IPv6 with a port": {
			Database{Host: "[2001:db8::1]:3309"}, "tcp", "[2001:db8::1]:3309",
		},
		"localhost without a socket": {Database{Host: "localhost"}, "tcp", "127.0.0.1:3306"},
		"localhost with a port":      {Database{Host: "localhost:3310"}, "tcp", "127.0.0.1:3310"},
		"no host":                    {Database{}, "tcp", "127.0.0.1:3306"},
		"localhost with a socket": {
			Database{Host: "localhost", Socket: socket}, "unix", socket,
		},
		"no host, but a socket":  {Database{Socket: socket, Port: "3306"}, "unix", socket},
		"socket behind the host": {Database{Host: "localhost:" + socket}, "unix", socket},
		"socket as the host":     {Database{Host: socket}, "unix", socket},
		"socket behind nothing":  {Database{Host: ":" + socket}, "unix", socket},
		"another host has no socket": {
			Database{Host: "127.0.0.1", Socket: socket}, "tcp", "127.0.0.1:3306",
		},
		"a socket that isn't there": {
			Database{Host: "localhost", Socket: socket + "x"}, "tcp", "127.0.0.1:3306",
		},
		"a file that is no socket": {
			Database{Host: "localhost:/dev/null"}, "tcp", "127.0.0.1:3306",
		},
		"a host that ends in a colon": {Database{Host: "db.example:"}, "tcp", "db.example:3306"},
	} {
		c.d.User, c.d.Name, c.d.Password = "u", "n", "p@ss/w:rd?#%"
		connector, err := c.d.connector()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		config, err := c.d.config()
		if err != nil || config.Net != c.net || config.Addr != c.addr || config.User != "u" ||
			config.DBName != "n" ||
			config.Passwd != "p@ss/w:rd?#%" ||
			connector.Driver() == nil {
			t.Errorf("%s: %s %s", name, config.Net, config.Addr)
		}
		if wantTLS := c.net == "tcp"; (config.TLSConfig == "preferred") != wantTLS {
			t.Errorf("%s: TLS %q", name, config.TLSConfig)
		}
	}
}

func TestConnectorRefuses(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "s3cret.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for want, d := range map[string]Database{
		"$db_name":     {User: "u", Password: "s3cret"},
		"$db_username": {Name: "n", Password: "s3cret"},
		"$db_port":     {Name: "n", User: "u", Port: "s3cret"},
		"($db_port)":   {Name: "n", User: "u", Host: "db.example:s3cret"},
		"port":         {Name: "n", User: "u", Port: "65536"},
		"is invalid":   {Name: "n", User: "u", Port: "0"},
		"$db_tls_ca":   {Name: "n", User: "u", TLSCA: empty},
		"can't be":     {Name: "n", User: "u", TLSCA: empty + "x"},
	} {
		_, err := d.connector()
		if err == nil || !strings.Contains(err.Error(), want) ||
			strings.Contains(err.Error(), "s3cret") {
			t.Errorf("%s: %v", want, err)
		}
	}
}
