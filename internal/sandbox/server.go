package sandbox

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"sync"
	"time"
)

// Config configures a [Server]. Partners or Licensing must have an element; all other fields are
// optional.
type Config struct {
	// Listen is the address to listen on, host:port; the default is 127.0.0.1:0. The host must be
	// loopback.
	Listen string
	// HTTP serves plain HTTP instead of HTTPS.
	HTTP bool
	// CAOut is the file that the CA certificate (PEM) is written to. It requires HTTPS.
	CAOut string
	// AddrOut is the file that the base URL and a newline are written to once the sandbox listens.
	AddrOut string
	// State is the JSON file that the state is loaded from and, after each change, saved to. If it
	// is empty, the state is kept in memory.
	State string
	// Log is the file that the log is appended to, one JSON line for each request, or "-" for
	// Stdout. If it is empty, there is no log.
	Log string
	// Stdout receives the log if Log is "-".
	Stdout io.Writer
	// Partners are partner keys, "ID:SECRET[,OPTION…]" with the options test, disabled, no-scope,
	// PLAN=LIMIT and token=TOKEN.
	Partners []string
	// Licensing are tokens that the Licensing API accepts besides those of the partners.
	Licensing []string
	// Sites are the states of sites, "URL=STATE[,plan=SLUG…]". Other sites are new.
	Sites []string
	// Faults are "CALL:KIND[=VALUE][*TIMES]". The first that applies to a request is used.
	Faults []string
	// Latency is how long the sandbox waits before each response of the API.
	Latency time.Duration
	// CallSites makes provision calls, and approvals, call the site over XML-RPC instead of relying
	// on Sites.
	CallSites bool
	// NextURL is the base of next_url; the default is the sandbox's own approve page.
	NextURL string
	// RepeatCode is the error code for a provision call for a plan that the partner has on the site
	// already. If it is empty, such a call succeeds and changes nothing.
	RepeatCode string
	// Now returns the current time; the default is time.Now.
	Now func() time.Time
	// Rand is the source of randomness for tokens and keys; the default is crypto/rand.Reader.
	Rand io.Reader
}

// Server is a sandbox. Create one with [New].
type Server struct {
	cfg       Config
	faults    *faultQueue
	log       *requestLog
	siteLocks keyedLocks // held while a site is called, before mu

	siteTimeout time.Duration // for each request to a site

	mu         sync.Mutex // protects the fields below, and cfg.Rand
	state      *state
	requests   int            // number of requests received
	callCounts map[string]int // number of requests by name of the call
	base       string         // base URL; empty before Run listens
}

const (
	apiHost         = "public-api.wordpress.com"
	maxBody         = 1 << 20 // bytes
	siteTimeout     = 10 * time.Second
	shutdownTimeout = 2 * time.Second
)

// New checks cfg, loads the state, opens the log and returns a sandbox that isn't running yet. Its
// errors name the invalid value and what is allowed.
func New(cfg Config) (*Server, error) {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Rand == nil {
		cfg.Rand = rand.Reader
	}
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	if err := checkConfig(cfg); err != nil {
		return nil, err
	}
	s := &Server{
		cfg:         cfg,
		faults:      newFaultQueue(faultCalls()),
		siteTimeout: siteTimeout,
		callCounts:  map[string]int{},
	}
	if err := s.faults.replace(cfg.Faults); err != nil {
		return nil, err
	}
	if err := s.loadState(); err != nil {
		return nil, err
	}
	var err error
	s.log, err = openLog(cfg)
	return s, err
}

// checkConfig checks what can be checked without the state.
func checkConfig(cfg Config) error {
	host, _, err := net.SplitHostPort(cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen address %q: want host:port, such as 127.0.0.1:0", cfg.Listen)
	}
	if !isLoopback(host) {
		return fmt.Errorf(
			"listen address %q: only loopback is served: 127.0.0.1, [::1] or localhost", cfg.Listen,
		)
	}
	if cfg.HTTP && cfg.CAOut != "" {
		return fmt.Errorf("CA certificate %q: plain HTTP has none", cfg.CAOut)
	}
	if cfg.Latency < 0 {
		return fmt.Errorf("latency %s: want zero or more, such as 200ms", cfg.Latency)
	}
	if cfg.NextURL != "" {
		if u, err := url.Parse(cfg.NextURL); err != nil || !isWebURL(u) {
			return fmt.Errorf("next URL %q: want an http or https URL", cfg.NextURL)
		}
	}
	if cfg.RepeatCode != "" && !isErrorCode(cfg.RepeatCode) {
		return fmt.Errorf(
			"repeat code %q: want an error code in lower case, such as invalid_input",
			cfg.RepeatCode,
		)
	}
	if len(cfg.Partners) == 0 && len(cfg.Licensing) == 0 {
		return errors.New("no partner: want at least one, as ID:SECRET, or a licensing token")
	}
	return nil
}
