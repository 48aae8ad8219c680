package ledgertest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"

	"jetpack-start/internal/apttest"
	"jetpack-start/internal/sleep"
	"jetpack-start/internal/testenv"
)

// install makes sure that MariaDB is installed. It needs only the programs: the package
// mariadb-server would start a service. If the programs are missing and can't be installed, the
// error wraps [exec.ErrNotFound].
func install() error {
	packages := []string{"mariadb-server-core", "mariadb-client-core"}
	for _, program := range []string{"mariadb-install-db", "mariadbd"} {
		if err := apttest.Install(program, packages...); err != nil {
			return err
		}
	}
	return nil
}

// skipNamed skips the test if the machine is known not to run MariaDB.
func skipNamed(t testing.TB) {
	t.Helper()
	testenv.SkipNamed(t, "mariadb")
}

// skipOrFail skips the test if err means that MariaDB isn't installed, and otherwise fails it.
func skipOrFail(t testing.TB, err error) {
	t.Helper()
	if errors.Is(err, exec.ErrNotFound) {
		testenv.Skip(t, "mariadb", "not installed (Debian: mariadb-server-core): %v", err)
	}
	t.Fatalf("MariaDB: %v", err)
}

// makeDir creates a server's folder. Its path is short, because that of a socket must be.
func makeDir() (string, error) { return os.MkdirTemp("", "mariadb-") }

// prepare creates a server's data in dir, without starting the server.
func prepare(dir string) (*process, error) {
	data, socket := filepath.Join(dir, "data"), filepath.Join(dir, "s")
	// A server that starts empties its folder for temporary tables, so it can't share one.
	temporary := filepath.Join(dir, "tmp")
	if err := os.Mkdir(temporary, 0o700); err != nil {
		return nil, err
	}
	// Small and without a binary log, to start fast. What makes a COMMIT durable isn't changed.
	common := []string{
		"--no-defaults", "--datadir=" + data, "--tmpdir=" + temporary,
		"--innodb-log-file-size=64M", "--innodb-buffer-pool-size=256M", "--skip-log-bin",
	}
	if os.Geteuid() == 0 {
		common = append(common, "--user=root")
	}
	command := exec.Command("mariadb-install-db",
		append(common, "--auth-root-authentication-method=normal", "--skip-test-db")...)
	if out, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("mariadb-install-db: %w: %s", err, out)
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return nil, err
	}
	program := append([]string{apttest.Path("mariadbd")}, common...)
	return &process{
		url: &url.URL{Scheme: "mysql", User: url.User("root"), Host: address, Path: "/"},
		dir: dir,
		program: append(program, "--socket="+socket, "--pid-file="+filepath.Join(dir, "pid"),
			"--bind-address=127.0.0.1", "--port="+port, "--skip-name-resolve",
			"--skip-networking=0", "--max-connections=300"),
	}, nil
}

// What to do with the server's folder after the server has ended.
const (
	removeDir = "remove"
	keepDir   = "keep"
)

// watch is a shell script that runs the server until its standard input ends, which is when the
// test's process has ended. Go's own cleanup doesn't run after a panic, a timeout or a SIGKILL. It
// ignores the Ctrl-C of a terminal, because only the end of the test counts.
const watch = `
trap "" INT HUP TERM
dir=$1 then=$2; shift 2
"$@" </dev/null >>"$dir/log" 2>&1 &
cat >/dev/null
kill -9 $!
wait
[ "$then" = keep ] || rm -rf "$dir"
`

// start starts the server and waits until it answers. then is removeDir or keepDir.
func (p *process) start(then string) error {
	command := exec.Command("sh", append([]string{"-c", watch, "sh", p.dir, then}, p.program...)...)
	stdin, err := command.StdinPipe() // only this process holds it open
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	p.stdin, p.wait = stdin, command.Wait
	if err := ping(p.url); err != nil {
		log, _ := os.ReadFile(filepath.Join(p.dir, "log"))
		return fmt.Errorf("%w\n%s", err, log)
	}
	return nil
}

// addUser adds a user whose password must be percent-encoded, and puts it into the URL.
func (p *process) addUser() error {
	db, err := open(p.url)
	if err != nil {
		return err
	}
	defer db.Close()
	const name, password = "ledger", "p@ss/w:rd?#%"
	for _, statement := range []string{
		"CREATE USER '" + name + "'@'%' IDENTIFIED BY '" + password + "'",
		"GRANT ALL ON *.* TO '" + name + "'@'%'",
	} {
		if _, err := db.Exec(statement); err != nil {
			return err
		}
	}
	p.url = &url.URL{Scheme: "mysql", User: url.UserPassword(name, password), Host: p.url.Host}
	return nil
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

// ping waits until the server answers, for at most 30 seconds.
func ping(u *url.URL) error {
	db, err := open(u)
	if err != nil {
		return err
	}
	defer db.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	for {
		err := db.PingContext(ctx)
		if err == nil {
			return nil
		}
		if sleep.Context(ctx, 20*time.Millisecond) != nil {
			return fmt.Errorf("the server doesn't answer: %w", err)
		}
	}
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}
