package ledgertest

import "testing"

// What was committed before Kill is there after Start.
func TestServer(t *testing.T) {
	s := NewServer(t)
	db, err := open(s.DSN)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE DATABASE kept"); err != nil {
		t.Fatal(err)
	}
	s.Kill()
	if err := db.Ping(); err == nil {
		t.Error("the server answers after Kill")
	}
	s.Start()
	if _, err := db.Exec("USE kept"); err != nil {
		t.Error(err)
	}
}
