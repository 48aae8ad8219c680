package jetpack

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// maxCacheFile is the largest size of a cache file, in bytes.
const maxCacheFile = 64 << 10

// cacheFile is the content of a cache file. Check ties the token to the partner secret that it was
// requested with, without revealing the secret. Otherwise, after a change of the secret, the old
// token would make a wrong new secret look right.
type cacheFile struct {
	Salt    []byte    `json:"salt"`
	Check   []byte    `json:"check"` // HMAC-SHA-256 of the partner secret, with Salt as key
	Token   string    `json:"access_token"`
	Expires time.Time `json:"expires,omitzero"`
}

func secretCheck(salt []byte, secret Secret) []byte {
	mac := hmac.New(sha256.New, salt)
	io.WriteString(mac, secret.Reveal())
	return mac.Sum(nil)
}

// cachePath returns the path of the cache file, which depends on the API and the partner, or "" if
// there is no cache.
func (c *Client) cachePath() string {
	if c.dir == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(c.base + "\n" + c.id))
	return filepath.Join(c.dir, "token-"+hex.EncodeToString(sum[:])[:32]+".json")
}

// loadToken returns the cached token, and reports whether there is one. It ignores a file that
// can't be read or trusted; saveToken replaces it.
func (c *Client) loadToken() (token, bool) {
	path := c.cachePath()
	if path == "" {
		return token{}, false
	}
	raw, err := readPrivate(path)
	if errors.Is(err, fs.ErrNotExist) {
		return token{}, false
	}
	var f cacheFile
	if err == nil {
		err = json.Unmarshal(raw, &f)
	}
	switch {
	case err != nil:
		c.logf("token cache: ignored: %s", printable(cacheFailure(err)))
	case len(f.Salt) < 16 || !hmac.Equal(f.Check, secretCheck(f.Salt, c.secret)):
		c.logf("token cache: ignored: it belongs to another partner secret")
	case f.Token == "" || strings.ContainsFunc(f.Token, isControl):
		c.logf("token cache: ignored: it holds no token")
	default:
		return token{value: Secret(f.Token), expires: f.Expires}, true
	}
	return token{}, false
}

// readPrivate returns the content of a regular file of at most maxCacheFile bytes. It returns an
// error if the file belongs to another user, or if others can read or change it.
func readPrivate(path string) ([]byte, error) {
	f, err := openNoFollow(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, errors.New("not a regular file")
	case info.Mode().Perm()&0o077 != 0:
		return nil, errors.New("others can read or change it")
	case !ownedByUser(info):
		return nil, errors.New("it belongs to somebody else")
	case info.Size() > maxCacheFile:
		return nil, errors.New("it is too large")
	}
	return io.ReadAll(io.LimitReader(f, maxCacheFile))
}

// saveToken writes the token to the cache. If it can't, it only logs that: the next run needs one
// more request.
func (c *Client) saveToken(t token) {
	path := c.cachePath()
	if path == "" {
		return
	}
	if err := c.writeToken(path, t); err != nil {
		c.logf("token cache: not written: %s", printable(cacheFailure(err)))
	}
}

func (c *Client) writeToken(path string, t token) (err error) {
	f := cacheFile{Salt: make([]byte, 32), Token: t.value.Reveal(), Expires: t.expires}
	rand.Read(f.Salt) // never fails: crypto/rand ends the process instead
	f.Check = secretCheck(f.Salt, c.secret)
	raw, err := json.Marshal(f)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o700); err != nil {
		return err
	}
	// A rename, so that another process reads the old token or the new one, never half of one.
	tmp, err := os.CreateTemp(c.dir, ".token-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(tmp.Name())
		}
	}()
	_, err = tmp.Write(raw)
	if e := tmp.Close(); err == nil {
		err = e
	}
	if err != nil {
		return err
	}
	return os.Rename(tmp.Name(), path)
}

// removeToken removes the cache file if it holds this token, not a newer one of another process.
func (c *Client) removeToken(value Secret) {
	if t, ok := c.loadToken(); ok && t.value == value {
		if err := os.Remove(c.cachePath()); err != nil {
			c.logf("token cache: not removed: %s", printable(cacheFailure(err)))
		}
	}
}

// cacheFailure returns the text of err, without what encoding/json quotes of the file.
func cacheFailure(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		return "it is broken"
	}
	return err.Error()
}
