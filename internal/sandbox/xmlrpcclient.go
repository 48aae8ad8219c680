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

// rpcRedirect is the error for a site that redirects, for example from http to https.
type rpcRedirect struct{ to string }

func (r *rpcRedirect) Error() string { return "the site redirects to " + r.to }

func isRedirected(err error) bool {
	var r *rpcRedirect
	return errors.As(err, &r)
}

// isUnreachable reports whether err means that nothing listens at the address, or that the name
// doesn't resolve.
func isUnreachable(err error) bool {
	var noName *net.DNSError
	return errors.Is(err, syscall.ECONNREFUSED) || errors.As(err, &noName)
}

// rpcClient calls the XML-RPC methods of a site.
type rpcClient struct {
	endpoint string
	client   *http.Client
}

// newRPCClient returns a client for the site at address, which must be on loopback. It returns nil
// for any host name except localhost and those below it: the sandbox doesn't look up names, and
// treats them as names that don't resolve.
func (s *Server) newRPCClient(address string) (*rpcClient, error) {
	u, err := url.Parse(address)
	if err != nil || !isWebURL(u) {
		return nil, documentedError("site_inaccessible")
	}
	if host := u.Hostname(); !isLoopback(host) {
		const letters = "abcdefghijklmnopqrstuvwxyz"
		isIPv6 := strings.Contains(host, ":")
		if !isIPv6 && strings.ContainsAny(strings.ToLower(host), letters) {
			return nil, nil
		}
		err := documentedError("site_inaccessible")
		err.message = "The sandbox calls sites on loopback only, not " + host
		return nil, err
	}
	u.RawQuery, u.Fragment = "", ""
	return &rpcClient{
		endpoint: strings.TrimRight(u.String(), "/") + "/xmlrpc.php",
		client: &http.Client{
			Timeout:   s.siteTimeout,
			Transport: &http.Transport{Proxy: nil, DisableKeepAlives: true},
			// A redirected POST would become a GET.
			CheckRedirect: func(*http.Request, []*http.Request) error {
				return http.ErrUseLastResponse
			},
		},
	}, nil
}

// call calls a method with one struct as its argument, and returns the members of the struct that
// the site returns.
func (c *rpcClient) call(
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
	return parseResponse(resp.StatusCode, text)
}
