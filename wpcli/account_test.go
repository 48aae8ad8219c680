package wpcli

import (
	"os"
	"slices"
	"strings"
	"testing"
)

func TestAccountEnv(t *testing.T) {
	a := &Account{Name: "shop", Home: "/home/shop"}
	got := a.env([]string{"PATH=/bin", "HOME=/root", "USER=root", "LOGNAME=root", "TMPDIR=/root/t"})
	want := []string{"PATH=/bin", "HOME=/home/shop", "USER=shop", "LOGNAME=shop"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestRunAs(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can change the user")
	}
	c := &CLI{
		Command: []string{"sh", "-c", `id -u; id -g; id -G; umask; echo "$HOME"; pwd`},
		Env:     []string{"PATH=" + os.Getenv("PATH"), "HOME=/root"},
		Dir:     "/",
		RunAs: &Account{
			Name: "shop", Home: "/home/shop", UID: 54321, GID: 54322, Groups: []uint32{54323},
		},
	}
	out, err := c.Run(t.Context())
	got := strings.Fields(out.Stdout)
	want := []string{"54321", "54322", "54322", "54323", "0022", "/home/shop", "/"}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%q, %v, want %q", got, err, want)
	}
}

func TestRefuse(t *testing.T) {
	c := &CLI{Command: []string{"/none"}, Refuse: os.ErrPermission}
	if _, err := c.Probe(t.Context(), ""); err != os.ErrPermission {
		t.Errorf("%v, want the error in Refuse", err)
	}
}
