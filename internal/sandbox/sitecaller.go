package sandbox

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"syscall"
)

// rpcRedirect is an answer that leads elsewhere, such as from http to https.
type rpcRedirect struct{ to string }

func (r *rpcRedirect) Error() string { return "the site redirects to " + r.to }

func isRedirected(err error) bool {
	var r *rpcRedirect
	return errors.As(err, &r)
}

// isUnreachable is true where nobody listens, or the name leads nowhere.
func isUnreachable(err error) bool {
	var noName *net.DNSError
	return errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &noName)
}

// siteCaller posts XML-RPC to one site.
type siteCaller struct {
	endpoint string
	client   *http.Client
}

// siteClient gives nil for a host name: the sandbox looks no name up, so that
// every name but localhost is one that doesn't resolve.
func (s *Server) siteClient(address string) (*siteCaller, error) {
	u, err := url.Parse(address)
	if err != nil || !isWebURL(u) {
		return nil, documented("site_inaccessible")
	}
	if !isLoopback(u.Hostname()) {
		if strings.ContainsAny(strings.ToLower(u.Hostname()), "abcdefghijklmnopqrstuvwxyz") &&
			!strings.Contains(u.Hostname(), ":") {
			return nil, nil
		}
		no := documented("site_inaccessible")
		no.message = fmt.Sprintf("The sandbox calls sites on loopback only, not %s", u.Hostname())
		return nil, no
	}
	u.RawQuery, u.Fragment = "", ""
	return &siteCaller{
		endpoint: strings.TrimRight(u.String(), "/") + "/xmlrpc.php",
		client: &http.Client{
			Timeout:   s.siteTimeout,
			Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true},
			// A redirected POST would arrive as a GET.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}, nil
}

// call posts one method with one struct and returns the struct that answers;
// an answer of another type is an empty one.
func (c *siteCaller) call(
	ctx context.Context, method string, args map[string]any,
) (map[string]any, error) {
	var members []rpcMember
	for _, name := range slices.Sorted(maps.Keys(args)) {
		text := fmt.Sprint(args[name])
		value := rpcValue{String: &text}
		if _, isInt := args[name].(int64); isInt {
			value = rpcValue{Int: &text}
		}
		members = append(members, rpcMember{name, value})
	}
	body, err := xml.Marshal(
		rpcCall{Method: method, Params: []rpcValue{{Struct: &rpcStruct{members}}}},
	)
	if err != nil {
		return nil, err
	}
	req, err := http.NewRequestWithContext(
		ctx, http.MethodPost, c.endpoint, bytes.NewReader(append([]byte(xml.Header), body...)),
	)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "text/xml")
	req.Header.Set("User-Agent", "jetpack-start sandbox")
	resp, err := c.client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return nil, err
	}
	if resp.StatusCode >= 300 && resp.StatusCode < 400 {
		return nil, &rpcRedirect{resp.Header.Get("Location")}
	}
	return readResponse(resp.StatusCode, text)
}
