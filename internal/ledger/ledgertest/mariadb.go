package ledgertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"jetpack-start/internal/apttest"
	"jetpack-start/internal/testenv"
)

// serverVariable names a server to use instead of starting one: mysql://user:password@host:port,
// of a user who may create databases. This is how the tests are run against another version, or
// against MySQL.
const serverVariable = "JETPACK_START_TEST_MYSQL"

// A server takes seconds to start, so all tests of a process share one.
var shared = sync.OnceValues(func() (server, error) {
	if given := os.Getenv(serverVariable); given != "" {
		u, err := url.Parse(given)
		return server{url: u}, err
	}
	return start()
})

type server struct {
	url   *url.URL
	alive io.Closer // the server ends when this is closed, by the garbage collector too
}

// MariaDB gives the dsn of a fresh, empty database. The server is started by the first call and
// ends with the process, whatever ends that.
//
// Where MariaDB isn't installed, root installs it with apt-get; others skip the test, or fail it
// where CI=true. The variable JETPACK_START_TEST_MYSQL names a server to use instead:
// mysql://user:password@host:port.
func MariaDB(t testing.TB) (dsn string) {
	t.Helper()
	testenv.SkipNamed(t, "mariadb")
	server, err := shared()
	switch {
	case errors.Is(err, exec.ErrNotFound):
		testenv.Skip(t, "mariadb", "not installed (Debian: mariadb-server-core): %v", err)
	case err != nil:
		t.Fatalf("MariaDB: %v", err)
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

func open(u *url.URL) (*sql.DB, error) {
	c := mysql.NewConfig()
	c.User = u.User.Username()
	c.Passwd, _ = u.User.Password()
	c.Net, c.Addr, c.DBName = "tcp", u.Host, strings.TrimPrefix(u.Path, "/")
	c.Logger = &mysql.NopLogger{}
	connector, err := mysql.NewConnector(c)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// watch keeps the server for as long as its standard input is open, that is until the test's
// process is gone, and then removes all trace of it. No cleanup of Go's would run after a panic, a
// time-out or a SIGKILL. A terminal's Ctrl-C comes here too and is ignored: the end of the test is
// what counts.
const watch = `
trap "" INT HUP TERM
dir=$1 then=$2; shift 2
"$@" </dev/null >>"$dir/log" 2>&1 &
cat >/dev/null
kill -9 $!
wait
[ "$then" = keep ] || rm -rf "$dir"
`

func start() (server, error) {
	if err := install(); err != nil {
		return server{}, err
	}
	// Not the test's own folder: this one outlives the test, and a socket's path has to be short.
	dir, err := os.MkdirTemp("", "mariadb-")
	if err != nil {
		return server{}, err
	}
	program, port, err := prepare(dir)
	if err != nil {
		return server{}, err
	}
	arguments := append([]string{"-c", watch, "sh", dir, "remove"}, program...)
	watcher := exec.Command("sh", arguments...)
	alive, err := watcher.StdinPipe() // held open by this process alone
	if err != nil {
		return server{}, err
	}
	if err := watcher.Start(); err != nil {
		return server{}, err
	}
	root := &url.URL{Scheme: "mysql", User: url.User("root"), Host: "127.0.0.1:" + port, Path: "/"}
	if err := wait(root); err != nil {
		log, _ := os.ReadFile(filepath.Join(dir, "log"))
		return server{}, fmt.Errorf("%w\n%s", err, log)
	}
	u, err := protect(root)
	return server{url: u, alive: alive}, err
}

// prepare makes a server's data in a folder, and gives the command line that starts it and its
// port.
func prepare(dir string) (program []string, port string, err error) {
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "s")
	// A server that starts empties its folder for temporary tables: in a shared one, of another
	// test's as well.
	temporary := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		return nil, "", err
	}
	user := []string{}
	if os.Geteuid() == 0 {
		user = []string{"--user=root"}
	}
	// What costs seconds and proves nothing here is small or off; what makes a COMMIT durable stays
	// as it is.
	small := append([]string{
		"--no-defaults", "--datadir=" + data, "--tmpdir=" + temporary, "--innodb-log-file-size=64M", "--innodb-buffer-pool-size=256M",
		"--skip-log-bin",
	}, user...)
	command := exec.Command(
		"mariadb-install-db",
		append(small, "--auth-root-authentication-method=normal", "--skip-test-db")...)
	if out, err := command.CombinedOutput(); err != nil {
		os.RemoveAll(dir)
		return nil, "", fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	port, err = freePort()
	if err != nil {
		return nil, "", err
	}
	program = append([]string{apttest.Path("mariadbd")}, small...)
	return append(
		program, "--socket="+socket, "--pid-file="+filepath.Join(dir, "pid"),
		"--bind-address=127.0.0.1", "--port="+port, "--skip-name-resolve", "--skip-networking=0",
		"--max-connections=300",
	), port, nil
}

// protect makes a user with a password that has to be escaped, and gives the URL for it.
func protect(root *url.URL) (*url.URL, error) {
	db, err := open(root)
	if err != nil {
		return nil, err
	}
	defer db.Close()
	const name, password = "ledger", "p@ss/w:rd?#%"
	for _, statement := range []string{
		"CREATE USER '" + name + "'@'%' IDENTIFIED BY '" + password + "'",
		"GRANT ALL ON *.* TO '" + name + "'@'%'",
	} {
		if _, err := db.Exec(statement); err != nil {
			return nil, err
		}
	}
	return &url.URL{Scheme: "mysql", User: url.UserPassword(name, password), Host: root.Host}, nil
}

func wait(u *url.URL) error {
	db, err := open(u)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	defer stop()
	for {
		if err = db.PingContext(ctx); err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("the server doesn't answer: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func freePort() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	_, port, err := net.SplitHostPort(l.Addr().String())
	return port, err
}
