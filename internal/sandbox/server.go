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

// Config is what the sandbox is told. Only one partner or licensing token is
// needed; every other zero value works.
type Config struct {
	// Listen is host:port; "" means 127.0.0.1:0. Anything but loopback is refused.
	Listen string
	// HTTP serves plain HTTP instead of HTTPS.
	HTTP bool
	// CAOut is the path that the CA certificate (PEM) is written to, when HTTPS is served.
	CAOut string
	// AddrOut is the path that the base URL and a newline are written to, once the sandbox listens.
	AddrOut string
	// State is the path of the JSON file that state is loaded from and, after each change, saved
	// to; "" keeps it in memory.
	State string
	// Log is the path of a file of JSON lines, one a request; "-" means Stdout, "" none.
	Log string
	// Stdout takes the log where Log is "-".
	Stdout io.Writer
	// Partners are "ID:SECRET[,OPTION…]"; the options are test, disabled, no-scope, plan=N and
	// token=TOKEN.
	Partners []string
	// Licensing are tokens that the Licensing API accepts besides the partners' own.
	Licensing []string
	// Sites are "URL=STATE[,plan=SLUG…]": what the API finds at that URL.
	Sites []string
	// Faults are "CALL:KIND[=VALUE][*TIMES]", used up in the order given.
	Faults []string
	// Latency is added before every answer of the API.
	Latency time.Duration
	// CallSites asks the sites themselves, over XML-RPC, instead of following Sites.
	CallSites bool
	// NextURL is the base of next_url; "" means the sandbox's own approve page.
	NextURL string
	// RepeatCode is the error code of a provision call that repeats an earlier one; "" lets it
	// succeed without effect.
	RepeatCode string
	// Now is the clock; nil means time.Now.
	Now func() time.Time
	// Rand is where tokens come from; nil means crypto/rand.Reader.
	Rand io.Reader
}

// Server is a sandbox. Make one with New.
type Server struct {
	cfg    Config
	calls  []call
	faults faultQueue
	log    *requestLog
	locks  keyedLocks

	siteTimeout time.Duration // for one request to a site

	mu   sync.Mutex // guards what follows, and cfg.Rand
	st   *state
	seq  int
	seen map[string]int // calls by name
	base string         // set once listening
}

const (
	apiHost       = "public-api.wordpress.com"
	maxBody       = 1 << 20
	siteTimeout   = 10 * time.Second
	closePatience = 2 * time.Second
)

// New checks cfg and prepares a sandbox: it loads the state and opens the log.
// An error names the value at fault and says what is allowed.
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
	s := &Server{cfg: cfg, calls: callTable(), seen: map[string]int{}, siteTimeout: siteTimeout}
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

// checkConfig looks at what needs no state.
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
