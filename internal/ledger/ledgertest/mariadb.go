package ledgertest

import (
	"fmt"
	"io"
	"net/url"
	"os"
	"sync"
	"testing"
	"time"
)

// serverVariable is the environment variable with the URL of a server to use instead of starting
// one: mysql://user:password@host:port, whose user may create databases. With it the tests run
// with another version, or with MySQL.
const serverVariable = "JETPACK_START_TEST_MYSQL"

// sharedServer returns the server that all tests of a process share, because starting one takes
// seconds.
var sharedServer = sync.OnceValues(func() (*process, error) {
	if given := os.Getenv(serverVariable); given != "" {
		u, err := url.Parse(given)
		return &process{url: u}, err
	}
	if err := install(); err != nil {
		return nil, err
	}
	// Not the folder of the test, which the server outlives.
	dir, err := makeDir()
	if err != nil {
		return nil, err
	}
	p, err := prepare(dir)
	if err != nil {
		os.RemoveAll(dir)
		return nil, err
	}
	if err := p.start(removeDir); err != nil {
		return nil, err
	}
	return p, p.addUser()
})

// process is a server. The server ends when stdin is closed, which also happens when the test's
// process ends.
type process struct {
	url     *url.URL // without a database
	dir     string
	program []string // the command line that starts the server
	stdin   io.Closer
	wait    func() error // waits until the server has ended
}

// MariaDB returns the dsn of a new, empty database. The first call starts the server, which ends
// with the test's process, however that ends.
//
// If MariaDB isn't installed, MariaDB installs it with apt-get if the user is root, and otherwise
// skips the test as [jetpack-start/internal/testenv.Skip] does. The environment variable
// JETPACK_START_TEST_MYSQL has the URL of a server to use instead:
// mysql://user:password@host:port.
func MariaDB(t testing.TB) (dsn string) {
	t.Helper()
	skipNamed(t)
	server, err := sharedServer()
	if err != nil {
		skipOrFail(t, err)
	}
	u := *server.url
	u.Path = "/"
	db, err := open(&u)
	if err != nil {
		t.Fatalf("MariaDB: %v", err)
	}
	defer db.Close()
	name := fmt.Sprintf("ledger_%d_%d", os.Getpid(), time.Now().UnixNano())
	if _, err := db.ExecContext(t.Context(), "CREATE DATABASE "+name); err != nil {
		t.Fatalf("MariaDB: %v", err)
	}
	u.Path = "/" + name
	return u.String()
}
