package ledgertest

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
)

// Cutter stands between the driver and the server, and ends connections when it is told to.
type Cutter struct {
	listener net.Listener
	server   string
	cut      atomic.Pointer[func(packet []byte) string]
}

// NewCutter gives a dsn that leads through a Cutter, to the server of another.
func NewCutter(t testing.TB, dsn string) (*Cutter, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	c := &Cutter{server: u.Host}
	c.Let(nil)
	c.listener, err = net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.listener.Close() })
	go func() {
		for {
			client, err := c.listener.Accept()
			if err != nil {
				return
			}
			go c.serve(client)
		}
	}()
	u.Host = c.listener.Addr().String()
	return c, u.String()
}

// Let sets what is asked for each packet to the server: "" lets it through, "before" ends the
// connection without it, "after" ends it once the server has answered. nil lets all through.
func (c *Cutter) Let(cut func(packet []byte) string) {
	if cut == nil {
		cut = func([]byte) string { return "" }
	}
	c.cut.Store(&cut)
}

// Once cuts the first packet that holds the text, before or after.
func (c *Cutter) Once(when, text string) {
	var used atomic.Bool
	c.Let(func(packet []byte) string {
		if bytes.Contains(packet, []byte(text)) && used.CompareAndSwap(false, true) {
			return when
		}
		return ""
	})
}

func (c *Cutter) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", c.server)
	if err != nil {
		return
	}
	defer server.Close()
	var silent atomic.Bool
	answered := make(chan struct{})
	var once sync.Once
	go func() {
		defer client.Close()
		buffer := make([]byte, 64<<10)
		for {
			n, err := server.Read(buffer)
			if silent.Load() {
				once.Do(func() { close(answered) })
			} else if n > 0 {
				client.Write(buffer[:n])
			}
			if err != nil {
				return
			}
		}
	}()
	for {
		packet := make([]byte, 4)
		if _, err := io.ReadFull(client, packet); err != nil {
			return
		}
		body := make([]byte, int(packet[0])|int(packet[1])<<8|int(packet[2])<<16)
		if _, err := io.ReadFull(client, body); err != nil {
			return
		}
		when := (*c.cut.Load())(body)
		if when == "before" {
			return
		}
		silent.Store(when == "after")
		server.Write(append(packet, body...))
		if when == "after" {
			<-answered
			return
		}
	}
}
