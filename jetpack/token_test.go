package jetpack

import (
	"context"
	"errors"
	"io"
	"net/http"
	"sync"
	"testing"
	"time"
)

func TestTokenRequest(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	a.token = func(w http.ResponseWriter, r *http.Request, _ int) {
		r.ParseForm()
		for name, want := range map[string]string{
			"grant_type": "client_credentials", "scope": "jetpack-partner",
			"client_id": "12345", "client_secret": testSecret.Reveal(),
		} {
			if got := r.PostForm[name]; len(got) != 1 || got[0] != want {
				t.Errorf("%s arrived as %q", name, got)
			}
		}
		if r.Host != "public-api.wordpress.com" || r.Header.Get("Authorization") != "" ||
			r.UserAgent() != "jetpack-start" {
			t.Errorf("host %q, headers %v", r.Host, r.Header)
		}
		w.Header().Set("Content-Type", "text/plain") // oauth2 would read it as a form
		io.WriteString(w, tokenJSON)
	}
	c, _ := a.client(t, func(cfg *Config) { cfg.HostHeader = "public-api.wordpress.com" })
	for range 3 {
		if err := c.Token(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	if n := a.count(tokenPath); n != 1 || c.held.value != testToken {
		t.Errorf("%d requests, token %q", n, c.held.value.Reveal())
	}
}

func TestTokenErrors(t *testing.T) {
	for name, tt := range map[string]struct {
		answer    handler
		code      string
		retryable bool
	}{
		"invalid client":     {respond(400, `{"error":"invalid_client","error_description":"Unknown client_id `+testSecret.Reveal()+`"}`), "invalid_client", false},
		"invalid client 401": {respond(401, `{"error":"invalid_client","error_description":"x"}`), "invalid_client", false},
		"error with 200":     {respond(200, `{"error":"invalid_client","error_description":"x"}`), "invalid_client", false},
		"no token":           {respond(200, `{"token_type":"bearer"}`), CodeTokenMissing, false},
		"empty token":        {respond(200, `{"access_token":""}`), CodeTokenMissing, false},
		"null token":         {respond(200, `{"access_token":null}`), CodeTokenMissing, false},
		"number":             {respond(200, `{"access_token":12}`), CodeInvalidAnswer, true},
		"line break":         {respond(200, `{"access_token":"user-token-9\r\nX-A: b"}`), CodeInvalidAnswer, true},
		"NUL":                {respond(200, `{"access_token":"user-token-9\u0000"}`), CodeInvalidAnswer, true},
		"HTML":               {respond(200, `<html>`), CodeInvalidAnswer, true},
		"HTML 502":           {respond(502, `<html>`), CodeServerError, true},
		"HTML 403":           {respond(403, `<html>`), CodeHTTPError, false},
		"redirect":           {redirect(302, "/login"), CodeHTTPError, false},
		"cut":                {cutAfter(""), CodeConnectionLost, true},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, respond(200, goodJSON))
			a.token = tt.answer
			c, _ := a.client(t, nil)
			_, err := c.Provision(t.Context(), testRequest())
			e := asError(t, err)
			if e.Call != "token" || e.Code != tt.code || e.Lost() ||
				e.Retryable() != tt.retryable || a.count(provisionPath) != 0 {
				t.Errorf("got %+v, retryable %v", e, e.Retryable())
			}
			if n := a.count(tokenPath); n > 1 != tt.retryable {
				t.Errorf("%d requests", n)
			}
		})
	}
}

func TestTokenNeedsCredentials(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	for _, change := range []func(*Config){
		func(cfg *Config) { cfg.PartnerID = "" },
		func(cfg *Config) { cfg.PartnerSecret = "" },
	} {
		c, _ := a.client(t, change)
		if e := asError(t, c.Token(t.Context())); e.Code != CodeCredentialsMissing ||
			e.Retryable() || a.count(tokenPath) != 0 {
			t.Errorf("got %+v", e)
		}
	}
}

func TestConcurrentCallersShareOneTokenRequest(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	release := make(chan struct{})
	a.token = func(w http.ResponseWriter, _ *http.Request, _ int) {
		<-release
		io.WriteString(w, tokenJSON)
	}
	c, _ := a.client(t, nil)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := c.Token(t.Context()); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			if _, err := c.Provision(t.Context(), testRequest()); err != nil {
				t.Error(err)
			}
		})
	}
	time.Sleep(20 * time.Millisecond)
	close(release)
	wg.Wait()
	if a.count(tokenPath) != 1 || a.count(provisionPath) != 20 {
		t.Errorf("%d token requests, %d provisions", a.count(tokenPath), a.count(provisionPath))
	}
}

func TestConcurrentCallersShareATokenError(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	release := make(chan struct{})
	a.token = func(w http.ResponseWriter, r *http.Request, n int) {
		<-release
		respond(400, `{"error":"invalid_client"}`)(w, r, n)
	}
	c, _ := a.client(t, nil)
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			var e *Error
			if err := c.Token(t.Context()); !errors.As(err, &e) || e.Code != "invalid_client" {
				t.Errorf("got %v", err)
			}
		})
	}
	time.Sleep(50 * time.Millisecond)
	close(release)
	wg.Wait()
	if n := a.count(tokenPath); n != 1 {
		t.Errorf("%d requests", n)
	}
}

func TestTokenRequestOfACallerThatGivesUp(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	arrived := make(chan struct{})
	a.token = func(w http.ResponseWriter, r *http.Request, n int) {
		if n == 1 {
			io.Copy(io.Discard, r.Body)
			close(arrived)
			<-r.Context().Done()
			return
		}
		io.WriteString(w, tokenJSON)
	}
	c, _ := a.client(t, nil)
	first, giveUp := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	wg.Go(func() {
		if err := c.Token(first); !errors.Is(err, context.Canceled) {
			t.Errorf("first: %v", err)
		}
	})
	<-arrived
	wg.Go(func() {
		if err := c.Token(t.Context()); err != nil {
			t.Errorf("second: %v", err)
		}
	})
	impatient, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if err := c.Token(impatient); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("third: %v", err)
	}
	giveUp()
	wg.Wait()
	if n := a.count(tokenPath); n != 2 {
		t.Errorf("%d requests", n)
	}
}

func TestTokenThatExpires(t *testing.T) {
	a := newAPI(t, respond(200, goodJSON))
	a.token = respond(200, `{"access_token":"user-token-9","expires_in":3600}`)
	c, ck := a.client(t, func(cfg *Config) { cfg.CacheDir = t.TempDir() })
	for _, step := range []struct {
		pass time.Duration
		want int
	}{{0, 1}, {50 * time.Minute, 1}, {9*time.Minute + time.Second, 2}} {
		ck.Sleep(t.Context(), step.pass)
		if err := c.Token(t.Context()); err != nil || a.count(tokenPath) != step.want {
			t.Errorf("%v, %d requests, want %d", err, a.count(tokenPath), step.want)
		}
	}
}

// useOldToken gets a token for c, as if it came from the cache.
func useOldToken(t *testing.T, c *Client) {
	t.Helper()
	must(t, c.Token(t.Context()))
	c.proveToken(c.held.value)
}

// A token that a call succeeded with is replaced, one that the API never accepted isn't.
func TestFreshTokenIsNotReplaced(t *testing.T) {
	refuse := respond(403, `{"error":"invalid_scope"}`)
	for name, tt := range map[string]struct {
		answers handler
		calls   int
		tokens  int
	}{
		"refused at once": {refuse, 1, 1},
		"refused later":   {firstThen(1, respond(200, goodJSON), refuse), 2, 2},
	} {
		t.Run(name, func(t *testing.T) {
			a := newAPI(t, tt.answers)
			a.token = numberedTokens
			c, _ := a.client(t, nil)
			var err error
			for range tt.calls {
				_, err = c.Provision(t.Context(), testRequest())
			}
			if e := asError(t, err); e.Code != "invalid_scope" || a.count(tokenPath) != tt.tokens {
				t.Errorf("got %v, %d tokens", e, a.count(tokenPath))
			}
		})
	}
}

func TestRefusedTokenIsReplacedOnce(t *testing.T) {
	for name, tt := range map[string]struct {
		status int
		body   string
		again  bool
	}{
		"401":                    {401, `{"error":"x","message":"y"}`, true},
		"401 HTML":               {401, `<html>`, false}, // not the API's: the call may have arrived
		"invalid_token":          {400, `{"error":"invalid_token"}`, true},
		"invalid_token 403":      {403, `{"error":"invalid_token"}`, true},
		"invalid_token 404":      {404, `{"error":"invalid_token"}`, true},
		"authorization_required": {403, `{"error":"authorization_required"}`, true},
		"unauthorized":           {403, `{"code":"unauthorized"}`, true},
		"invalid_grant":          {400, `{"error_code":"invalid_grant"}`, true},
		"invalid_scope":          {403, `{"error":"invalid_scope"}`, true},
		"with 200":               {200, `{"error":"invalid_token"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			bad := true
			a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
				if bad || r.Header.Get("Authorization") == "Bearer token-1" {
					respond(tt.status, tt.body)(w, r, n)
					return
				}
				respond(200, goodJSON)(w, r, n)
			})
			a.token = numberedTokens
			dir := t.TempDir()
			in := func(cfg *Config) { cfg.CacheDir = dir }
			early, _ := a.client(t, in)
			must(t, early.Token(t.Context()))
			c, _ := a.client(t, in)
			want := 1
			if tt.again {
				want = 2
			}
			_, err := c.Provision(t.Context(), testRequest())
			if e := asError(t, err); e.Status != tt.status || a.count(provisionPath) != want ||
				a.count(tokenPath) != want {
				t.Errorf("%v, %d provisions, %d tokens, want %d",
					e, a.count(provisionPath), a.count(tokenPath), want)
			}
			if !tt.again {
				return
			}
			// The new token is fresh, so it isn't replaced.
			_, err = c.Provision(t.Context(), testRequest())
			if asError(t, err).Status != tt.status || a.count(tokenPath) != 2 {
				t.Errorf("%v, %d tokens", err, a.count(tokenPath))
			}
			// A new client finds token-2 in the cache, and the API accepts it now.
			bad = false
			c2, _ := a.client(t, in)
			if _, err := c2.Provision(t.Context(), testRequest()); err != nil ||
				a.count(tokenPath) != 2 {
				t.Errorf("%v, %d tokens", err, a.count(tokenPath))
			}
		})
	}
}

func TestManyCallsReplaceARefusedTokenTogether(t *testing.T) {
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		if r.Header.Get("Authorization") == "Bearer token-1" {
			respond(401, `{"error":"invalid_token"}`)(w, r, n)
			return
		}
		respond(200, goodJSON)(w, r, n)
	})
	a.token = numberedTokens
	c, _ := a.client(t, func(cfg *Config) { cfg.CacheDir = t.TempDir() })
	useOldToken(t, c)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if _, err := c.Provision(t.Context(), testRequest()); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n := a.count(tokenPath); n != 2 {
		t.Errorf("%d tokens fetched", n)
	}
}
