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

// maxCacheFile is the most that is read of a cache file, in bytes.
const maxCacheFile = 64 << 10

// cacheFile is what a token file holds. Check ties the token to the partner secret it was fetched
// with, without holding the secret: after a change of secret the old token must not make the new
// one look good.
type cacheFile struct {
	Salt    []byte    `json:"salt"`
	Check   []byte    `json:"check"` // HMAC-SHA-256 of the secret with the salt as key
	Token   string    `json:"access_token"`
	Expires time.Time `json:"expires,omitzero"`
}

func secretCheck(salt []byte, secret Secret) []byte {
	mac := hmac.New(sha256.New, salt)
	io.WriteString(mac, secret.Reveal())
	return mac.Sum(nil)
}

// cachePath is the token's file, one for each API and partner; "" without a cache.
func (c *Client) cachePath() string {
	if c.dir == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(c.base + "\n" + c.id))
	return filepath.Join(c.dir, "token-"+hex.EncodeToString(sum[:])[:32]+".json")
}

// loadToken reads the cached token. A file that can't be trusted or read is passed over; saveToken
// replaces it.
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

// readPrivate reads a small regular file that belongs to this user and that nobody else can read
// or change.
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

// saveToken writes the token to the cache. A cache that can't be written costs a request the next
// time and nothing else, so it is only logged.
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
	// A file of its own and a rename: another process reads the old token or the new one, never
	// half of one.
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

// removeToken removes the cache file while it holds this token; a newer one of another process
// stays.
func (c *Client) removeToken(value Secret) {
	if t, ok := c.loadToken(); ok && t.value == value {
		if err := os.Remove(c.cachePath()); err != nil {
			c.logf("token cache: not removed: %s", printable(cacheFailure(err)))
		}
	}
}

// cacheFailure is the error without what encoding/json quotes of the file.
func cacheFailure(err error) string {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	if errors.As(err, &syntax) || errors.As(err, &kind) {
		return "it is broken"
	}
	return err.Error()
}
