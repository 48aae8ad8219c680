package ledgertest

import (
	"errors"
	"io"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"jetpack-start/internal/testenv"
)

// Server is a MariaDB of one test's own, which it may kill.
type Server struct {
	DSN     *url.URL // without a database
	t       testing.TB
	dir     string
	program []string
	watcher *exec.Cmd
	alive   io.Closer
}

// Own starts a server for one test. Where MariaDB isn't installed it does as MariaDB does.
func Own(t testing.TB) *Server {
	t.Helper()
	testenv.SkipNamed(t, "mariadb")
	if err := install(); errors.Is(err, exec.ErrNotFound) {
		testenv.Skip(t, "mariadb", "not installed (Debian: mariadb-server-core): %v", err)
	}
	dir, err := os.MkdirTemp("", "mariadb-") // a socket's path has to be short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	program, port, err := prepare(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{
		t:       t,
		dir:     dir,
		program: program,
		DSN: &url.URL{
			Scheme: "mysql",
			User:   url.User("root"),
			Host:   "127.0.0.1:" + port,
			Path:   "/",
		},
	}
	s.Start()
	t.Cleanup(s.Kill)
	if s.DSN, err = protect(s.DSN); err != nil {
		t.Fatal(err)
	}
	return s
}

// Start starts the server, and waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	s.watcher = exec.Command(
		"sh",
		append([]string{"-c", watch, "sh", s.dir, "keep"}, s.program...)...)
	alive, err := s.watcher.StdinPipe()
	if err != nil {
		s.t.Fatal(err)
	}
	s.alive = alive
	if err := s.watcher.Start(); err != nil {
		s.t.Fatal(err)
	}
	if err := wait(s.DSN); err != nil {
		said, _ := os.ReadFile(filepath.Join(s.dir, "log"))
		s.t.Fatalf("%v\n%s", err, said)
	}
}

// Kill ends the server with SIGKILL.
func (s *Server) Kill() {
	_ = s.alive.Close()
	_ = s.watcher.Wait()
}
