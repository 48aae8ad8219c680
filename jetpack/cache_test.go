package jetpack

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"jetpack-start/internal/testenv"
)

// numberedTokens answers with token-1, token-2, …, so that a test sees which token is used.
func numberedTokens(w http.ResponseWriter, _ *http.Request, n int) {
	fmt.Fprintf(w, `{"access_token":"token-%d"}`, n)
}

func TestCacheIsSharedAndPrivate(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	a.token = numberedTokens
	dir := filepath.Join(t.TempDir(), "a", "b")
	in := func(cfg *Config) { cfg.CacheDir = dir }
	one, _ := a.client(t, in)
	if err := one.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	files, _ := os.ReadDir(dir)
	if len(files) != 1 || !strings.HasPrefix(files[0].Name(), "token-") ||
		len(files[0].Name()) != len("token-.json")+32 {
		t.Fatalf("files: %v", files)
	}
	raw, _ := os.ReadFile(filepath.Join(dir, files[0].Name()))
	noSecrets(t, "cache file", string(raw))
	folder, _ := os.Stat(dir)
	file, _ := files[0].Info()
	if folder.Mode().Perm() != 0o700 || file.Mode().Perm() != 0o600 {
		t.Errorf("folder %v, file %v", folder.Mode(), file.Mode())
	}
	two, _ := a.client(t, in)
	if err := two.Token(t.Context()); err != nil || two.held.value != "token-1" ||
		a.count(tokenPath) != 1 {
		t.Errorf("%v, %q, %d requests", err, two.held.value.Reveal(), a.count(tokenPath))
	}
}

func TestCacheIsNotUsedForOthers(t *testing.T) {
	a, b := newAPI(t, respond(200, goodJSON)), newAPI(t, respond(200, goodJSON))
	a.token, b.token = numberedTokens, numberedTokens
	dir := t.TempDir()
	in := func(cfg *Config) { cfg.CacheDir = dir }
	first, _ := a.client(t, in)
	if err := first.Token(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]func() *Client{
		"another secret": func() *Client {
			c, _ := a.client(t, func(cfg *Config) { in(cfg); cfg.PartnerSecret = "another one" })
			return c
		},
		"another partner": func() *Client {
			c, _ := a.client(t, func(cfg *Config) { in(cfg); cfg.PartnerID = "9" })
			return c
		},
		"another API": func() *Client {
			c, _ := b.client(t, in)
			return c
		},
	} {
		before := a.count(tokenPath) + b.count(tokenPath)
		if err := c().Token(t.Context()); err != nil ||
			a.count(tokenPath)+b.count(tokenPath) != before+1 {
			t.Errorf("%s: %v, no request", name, err)
		}
	}
}

func TestCacheFileThatCannotBeTrustedIsReplaced(t *testing.T) {
	for name, spoil := range map[string]func(t *testing.T, path string){
		"others can read":  func(t *testing.T, path string) { must(t, os.Chmod(path, 0o640)) },
		"others can write": func(t *testing.T, path string) { must(t, os.Chmod(path, 0o602)) },
		"symbolic link": func(t *testing.T, path string) {
			must(t, os.Rename(path, path+".real"))
			must(t, os.Symlink(path+".real", path))
		},
		"somebody else's": func(t *testing.T, path string) {
			if os.Geteuid() != 0 {
				testenv.Skip(t, "root", "only root can give files away")
			}
			must(t, os.Chown(path, 12345, 12345))
		},
		"empty": func(t *testing.T, path string) { must(t, os.WriteFile(path, nil, 0o600)) },
		"half":  func(t *testing.T, path string) { must(t, os.Truncate(path, 60)) },
		"wrong types": func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(`{"salt":7,"access_token":{}}`), 0o600))
		},
		"no check": func(t *testing.T, path string) {
			must(t, os.WriteFile(path, []byte(`{"access_token":"planted"}`), 0o600))
		},
		"control char": func(t *testing.T, path string) { edit(t, path, "token-1", `token\r\nX: y`) },
		"huge":         func(t *testing.T, path string) { must(t, os.WriteFile(path, make([]byte, maxCacheFile+1), 0o600)) },
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, respond(200, goodJSON))
			a.token = numberedTokens
			dir := t.TempDir()
			in := func(cfg *Config) { cfg.CacheDir = dir }
			one, _ := a.client(t, in)
			must(t, one.Token(t.Context()))
			spoil(t, one.cachePath())
			for range 2 { // the second one finds what the first one wrote in its place
				c, _ := a.client(t, in)
				if err := c.Token(t.Context()); err != nil || c.held.value != "token-2" {
					t.Errorf("%v, token %q", err, c.held.value.Reveal())
				}
			}
			if left, _ := filepath.Glob(filepath.Join(dir, ".token-*")); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestCacheThatCannotBeWrittenIsNoError(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	a.token = numberedTokens
	file := filepath.Join(t.TempDir(), "file")
	must(t, os.WriteFile(file, nil, 0o600))
	occupied := t.TempDir()
	for _, dir := range []string{file, filepath.Join(file, "below"), occupied} {
		c, _ := a.client(t, func(cfg *Config) { cfg.CacheDir = dir })
		if dir == occupied {
			must(t, os.Mkdir(c.cachePath(), 0o700))
		}
		if err := c.Token(t.Context()); err != nil {
			t.Errorf("%s: %v", dir, err)
		}
		if left, _ := filepath.Glob(filepath.Join(dir, ".token-*")); len(left) != 0 {
			t.Errorf("left behind: %v", left)
		}
	}
}

func TestRefusedTokenIsNotReadAgain(t *testing.T) {
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			respond(401, `{"error":"invalid_token"}`)(w, r, n)
			return
		}
		respond(200, goodJSON)(w, r, n)
	})
	a.token = numberedTokens
	dir := t.TempDir()
	in := func(cfg *Config) { cfg.CacheDir = dir }
	one, _ := a.client(t, in)
	useOldToken(t, one)
	path := one.cachePath()
	old, _ := os.ReadFile(path)
	if _, err := one.Provision(t.Context(), testRequest()); err != nil {
		t.Fatal(err)
	}
	// As if the file couldn't have been removed: the token that was refused comes back.
	must(t, os.WriteFile(path, old, 0o600))
	one.held = token{}
	if err := one.Token(t.Context()); err != nil || one.held.value != "token-3" {
		t.Errorf("%v, token %q", err, one.held.value.Reveal())
	}
	// Dropping a token leaves a newer one of another process where it is.
	one.dropToken("token-1")
	if two, _ := a.client(t, in); two.Token(t.Context()) != nil || two.held.value != "token-3" {
		t.Errorf("token %q", two.held.value.Reveal())
	}
}

func TestManyClientsShareOneFolder(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	dir := t.TempDir()
	var wg sync.WaitGroup
	for range 8 {
		c, _ := a.client(t, func(cfg *Config) { cfg.CacheDir = dir })
		for range 3 {
			wg.Go(func() {
				for range 5 {
					if err := c.Token(t.Context()); err != nil {
						t.Error(err)
					}
					c.dropToken("token-1")
					c.mu.Lock()
					c.held, c.refused = token{}, ""
					c.mu.Unlock()
				}
			})
		}
	}
	wg.Wait()
	files, _ := os.ReadDir(dir)
	if len(files) != 1 {
		t.Errorf("files: %v", files)
	}
	c, _ := a.client(t, func(cfg *Config) { cfg.CacheDir = dir })
	if tok, ok := c.loadToken(); !ok || tok.value != testToken {
		t.Error("the file isn't whole")
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func edit(t *testing.T, path, old, new string) {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	must(t, os.WriteFile(path, []byte(strings.Replace(string(raw), old, new, 1)), 0o600))
}
