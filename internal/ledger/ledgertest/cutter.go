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

// Cutter is a proxy between the driver and a server that ends connections as a test tells it.
type Cutter struct {
	listener net.Listener
	server   string
	cut      atomic.Pointer[func(packet []byte) string]
}

// NewCutter starts a Cutter for the server of a dsn, and returns the dsn that goes through it.
func NewCutter(t testing.TB, dsn string) (*Cutter, string) {
	t.Helper()
	u, err := url.Parse(dsn)
	if err != nil {
		t.Fatal(err)
	}
	c := &Cutter{server: u.Host}
	c.OnPacket(nil)
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

// OnPacket sets the function that is called with each packet to the server. If it returns "", the
// packet passes. If it returns "before", the connection ends before the server gets the packet; if
// "after", once the server has answered, and without that answer. nil passes all packets.
func (c *Cutter) OnPacket(cut func(packet []byte) string) {
	if cut == nil {
		cut = func([]byte) string { return "" }
	}
	c.cut.Store(&cut)
}

// CutOnce cuts the first packet that contains text. when is "before" or "after", as for OnPacket.
func (c *Cutter) CutOnce(when, text string) {
	var used atomic.Bool
	c.OnPacket(func(packet []byte) string {
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
	go answer(client, server, &silent, answered)
	for {
		// A packet's header is three bytes of length, in little-endian order, and one of sequence
		// (MySQL Client/Server Protocol, "MySQL Packets").
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

// answer copies the server's answers to the client. While silent is set, it drops them instead,
// and closes answered at the first one.
func answer(client, server net.Conn, silent *atomic.Bool, answered chan struct{}) {
	defer client.Close()
	var once sync.Once
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
}
