package e2e

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// The variables that repeat or extend TestInterleavings: the seed that a failure printed, and the
// number of interleavings.
const (
	interleavingSeed  = "JETPACK_START_TEST_SEED"
	interleavingCount = "JETPACK_START_TEST_INTERLEAVINGS"
)

// TestInterleavings lets the orders of two customers of one machine run at the same time, in many
// random interleavings. Some runs are killed and repeated, some orders run twice at once, and some
// sites claim the URL or the blog ID of the other customer's. At the end each site must have at the
// sandbox what its own orders say, no order may have touched the other's site, and no two calls for
// one site may have been in progress at once.
func TestInterleavings(t *testing.T) {
	count, seed := 500, rand.Uint64()
	if testing.Short() {
		count = 50
	}
	if n, err := strconv.Atoi(os.Getenv(interleavingCount)); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv(interleavingSeed), 10, 64); err == nil {
		seed = n
	}
	s := newStreet(t, seed)
	start := time.Now()
	numbers := make([]int, count)
	for i := range numbers {
		numbers[i] = i
	}
	forEach(runtime.GOMAXPROCS(0), numbers, func(n int) {
		if !t.Failed() {
			s.newInterleaving(n).run()
		}
	})
	t.Logf("%d interleavings, %d runs, %d of them killed, %d with a false identity, %d of those "+
		"refused, in %s (seed %d)", count, s.runs.Load(), s.kills.Load(), s.claims.Load(),
		s.refused.Load(), time.Since(start).Round(time.Millisecond), seed)
	if s.claims.Load() > 100 && (s.refused.Load() == 0 || s.kills.Load() == 0) {
		t.Error("no run was refused, or none was killed: the test tests nothing")
	}
	if t.Failed() {
		t.Logf("repeat with %s=%d", interleavingSeed, seed)
	}
}

// customer is one of the two customers of an interleaving, with one site.
type customer struct {
	name, url, key string
	dir            string // the docroot
	uid            int
	blogID         int  // that of the site at the sandbox
	connected      bool // the site is connected, and knows its blog ID
	orders         []order
	want           map[string]bool // the plans that the orders say
}

// order is what an operator wants for a customer's site.
type order struct {
	command string // provision, cancel or activate
	plan    string
	twice   bool      // two processes carry it out at once
	claim   string    // how the site lies during a run before, "" if it doesn't
	strict  bool      // that run has no --expect-url
	kills   []float64 // when runs are killed, as a share of the usual time
}

func (o order) String() string {
	return fmt.Sprintf("%s %s (twice %t, claim %q, kills %.2f)",
		o.command, o.plan, o.twice, o.claim, o.kills)
}

// claims are the ways in which a site claims to be the other customer's.
var claims = []string{"url", "id", "url and id", "home", "pending id"}

// interleaving is one sandbox with two customers, whose orders run at the same time.
type interleaving struct {
	*street
	number int
	dir    string
	strict bool // JETPACK_START_STRICT_IDENTITY is set
	known  bool // the ledger knows both sites from the beginning
	api    *countingAPI
	both   []*customer
}

// newInterleaving makes an interleaving out of the seed and its number.
func (s *street) newInterleaving(number int) *interleaving {
	random := rand.New(rand.NewPCG(s.seed, uint64(number)))
	i := &interleaving{street: s, number: number}
	mode := random.IntN(4)
	i.strict, i.known = mode < 2, mode == 2
	i.dir = filepath.Join(s.dir, strconv.Itoa(number))
	var sites []string
	for n, name := range []string{"a", "b"} {
		c := &customer{
			name: name, key: name + ".example.com", dir: filepath.Join(i.dir, name),
			url: "https://" + name + ".example.com", uid: 5001 + n, blogID: 41 + n,
			connected: !i.strict || random.IntN(3) > 0, want: map[string]bool{},
		}
		state := "connected"
		if !c.connected {
			state = "new" // whose blog ID the sandbox chooses
			c.blogID = 0
		}
		site := c.url + "=" + state
		if c.connected {
			site += ":" + strconv.Itoa(c.blogID)
		}
		sites = append(sites, site)
		for range 1 + random.IntN(2) {
			c.orders = append(c.orders, newOrder(random))
		}
		i.both = append(i.both, c)
	}
	i.api = newCountingAPI(s.t, sites, i.both)
	return i
}

func newOrder(random *rand.Rand) order {
	o := order{
		command: []string{"provision", "provision", "cancel", "cancel", "activate"}[random.IntN(5)],
		plan:    []string{"premium", "jetpack-videopress"}[random.IntN(2)],
		twice:   random.IntN(4) == 0, strict: random.IntN(2) == 0,
	}
	if random.IntN(3) == 0 {
		o.claim = claims[random.IntN(len(claims))]
	}
	for random.IntN(3) == 0 && len(o.kills) < 3 {
		o.kills = append(o.kills, 1.1*random.Float64())
	}
	return o
}

// run carries out the orders of both customers at the same time, and compares the sandbox with
// them.
func (i *interleaving) run() {
	defer i.api.close()
	defer os.RemoveAll(i.dir)
	for _, c := range i.both {
		i.makeDocroot(c)
	}
	if i.known {
		for _, c := range i.both {
			i.complete(c, order{command: "provision", plan: "premium"})
		}
	}
	var group sync.WaitGroup
	for n, c := range i.both {
		group.Go(func() {
			for _, o := range c.orders {
				if o.claim != "" {
					i.lie(c, i.both[1-n], o)
				}
				i.complete(c, o)
			}
		})
	}
	group.Wait()
	i.compare()
}

// complete repeats an order until a run of it ends by itself.
func (i *interleaving) complete(c *customer, o order) {
	i.writeSite(c, c.url, c.url, c.blogID, c.connected)
	for _, kill := range o.kills {
		i.runOrder(c, o, kill, true)
	}
	var group sync.WaitGroup
	if o.twice {
		group.Go(func() { i.checkHonest(c, o, i.runOrder(c, o, 0, true)) })
	}
	i.checkHonest(c, o, i.runOrder(c, o, 0, true))
	group.Wait()
	switch o.command {
	case "provision":
		c.want[o.plan] = true
	case "cancel":
		delete(c.want, o.plan)
	}
}

// checkHonest fails the test if a run for an honest site that wasn't killed failed. WordPress.com
// may not know the site yet.
func (i *interleaving) checkHonest(c *customer, o order, r *streetRun) {
	unknown := strings.Contains(r.output, `"unknown_blog"`) && o.command != "provision"
	if r.code != 0 && !unknown {
		i.fail("%s: %v: exit %d: %s", c.name, o, r.code, r.output)
	}
}

// lie runs an order while the customer's site claims to be the victim's. Whatever it does, it must
// not be done to the victim.
func (i *interleaving) lie(c, victim *customer, o order) {
	url, home, id, connected := c.url, c.url, c.blogID, true
	if !i.strict && !i.known && o.claim != "home" {
		o.claim = "id" // an empty ledger believes all that WordPress.com can't contradict
	}
	switch o.claim {
	case "url":
		url, home = victim.url, victim.url
	case "id":
		id = i.api.blogID(victim)
	case "url and id":
		url, home, id = victim.url, victim.url, i.api.blogID(victim)
	case "home":
		home = victim.url
	case "pending id":
		id, connected = i.api.blogID(victim), false
	}
	i.writeSite(c, url, home, id, connected && id > 0)
	kill := 0.0
	if len(o.kills) > 0 {
		kill = o.kills[0]
	}
	i.claims.Add(1)
	r := i.runOrder(c, o, kill, !o.strict)
	if strings.Contains(r.output, `"identity_`) {
		i.refused.Add(1)
	}
}

// compare fails the test if a site has at the sandbox something else than its orders say.
func (i *interleaving) compare() {
	has := i.api.plans()
	for _, c := range i.both {
		var want []string
		for plan := range c.want {
			want = append(want, plan)
		}
		slices.Sort(want)
		got := has[c.key]
		slices.Sort(got)
		if !slices.Equal(got, want) {
			i.fail("%s has %v, and its orders say %v", c.name, got, want)
		}
	}
	for _, problem := range i.api.problems() {
		i.fail("%s", problem)
	}
}

// fail fails the test, and names the interleaving.
func (i *interleaving) fail(format string, args ...any) {
	i.t.Errorf("interleaving %d (strict %t) of seed %d: %s\na: %v\nb: %v", i.number, i.strict,
		i.seed, fmt.Sprintf(format, args...), i.both[0].orders, i.both[1].orders)
}
