package ledgertest

import (
	"context"
	"net/url"
	"os"
	"testing"
)

// Server is a MariaDB server of a single test, which the test may kill.
type Server struct {
	DSN     *url.URL // without a database
	root    *url.URL
	t       testing.TB
	process *process
}

// NewServer starts a server for one test. If MariaDB isn't installed, it does what [MariaDB] does.
func NewServer(t testing.TB) *Server {
	t.Helper()
	skipNamed(t)
	if err := install(); err != nil {
		skipOrFail(t, err)
	}
	dir, err := makeDir()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	p, err := prepare(dir)
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{root: p.url, t: t, process: p}
	s.Start()
	t.Cleanup(s.Kill)
	if err := p.addUser(); err != nil {
		t.Fatal(err)
	}
	s.DSN = p.url
	return s
}

// Start starts the server after Kill, and waits until it answers.
func (s *Server) Start() {
	s.t.Helper()
	if err := s.process.start(keepDir); err != nil {
		s.t.Fatal(err)
	}
}

// Kill ends the server with SIGKILL. It can be called more than once.
func (s *Server) Kill() {
	_ = s.process.stdin.Close()
	_ = s.process.wait()
}

// Exec executes statements as root.
func (s *Server) Exec(statements ...string) {
	s.t.Helper()
	db, err := open(s.root)
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	for _, statement := range statements {
		if _, err := db.ExecContext(context.Background(), statement); err != nil {
			s.t.Fatalf("%s: %v", statement, err)
		}
	}
}
