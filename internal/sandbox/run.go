package sandbox

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"time"
)

// Run listens, calls ready with the base URL, and serves until ctx is done. It then ends all
// requests, those that hang too, and returns nil.
func (s *Server) Run(ctx context.Context, ready func(baseURL string)) error {
	defer s.log.close()
	if s.cfg.AddrOut != "" {
		// A program that waits for the file must not read the address of an earlier run.
		if err := os.Remove(s.cfg.AddrOut); err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("address file: %w", err)
		}
	}
	listener, base, err := s.listen()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.base = base
	s.mu.Unlock()
	if s.cfg.AddrOut != "" {
		if err := replaceFile(s.cfg.AddrOut, []byte(base+"\n"), 0o644); err != nil {
			return errors.Join(fmt.Errorf("address file: %w", err), listener.Close())
		}
	}

	requests, endRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer endRequests()
	web := &http.Server{
		Handler:           s.Handler(),
		BaseContext:       func(net.Listener) context.Context { return requests },
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       60 * time.Second,
		ErrorLog:          discardLog(),
	}
	served := make(chan error, 1)
	go func() { served <- web.Serve(listener) }()
	if ready != nil {
		ready(base)
	}
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	endRequests()
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTimeout)
	defer cancel()
	if err := web.Shutdown(shutdown); err != nil {
		err = web.Close()
		<-served
		return err
	}
	<-served
	return nil
}

// listen returns a listener, with TLS unless cfg.HTTP is set, and its base URL.
func (s *Server) listen() (net.Listener, string, error) {
	listener, err := net.Listen("tcp", s.cfg.Listen)
	if err != nil {
		return nil, "", err
	}
	host, _, _ := net.SplitHostPort(listener.Addr().String())
	if !isLoopback(host) {
		return nil, "", errors.Join(
			fmt.Errorf("listen address %q is not loopback", s.cfg.Listen), listener.Close(),
		)
	}
	if s.cfg.HTTP {
		return listener, "http://" + listener.Addr().String(), nil
	}
	secure, err := listenTLS(listener, s.cfg)
	if err != nil {
		return nil, "", errors.Join(err, listener.Close())
	}
	return secure, "https://" + listener.Addr().String(), nil
}

// isLoopback reports whether host is localhost, a name below it, or a loopback address. It doesn't
// look up names: a test must not depend on a resolver.
func isLoopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(strings.ToLower(host), ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
