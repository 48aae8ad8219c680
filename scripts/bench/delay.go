package main

import (
	"io"
	"net"
	"time"
)

// delayed is a TCP proxy to an address, which delivers everything later by half a round trip. It
// can't delay the TCP handshake, which the kernel answers.
type delayed struct {
	net.Listener
	to   string
	half time.Duration
}

// startDelayed starts a proxy on loopback to an address. It runs until its Listener is closed.
func startDelayed(to string, roundTrip time.Duration) (*delayed, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &delayed{l, to, roundTrip / 2}
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			go d.serve(conn)
		}
	}()
	return d, nil
}

// serve connects a client with the server until one of them closes the connection.
func (d *delayed) serve(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", d.to)
	if err != nil {
		return
	}
	defer server.Close()
	done := make(chan struct{}, 2)
	for _, way := range [][2]net.Conn{{client, server}, {server, client}} {
		go func() {
			d.copy(way[1], way[0])
			done <- struct{}{}
		}()
	}
	<-done
}

// copy copies from one connection to the other until one of them ends.
func (d *delayed) copy(to io.Writer, from io.Reader) {
	type packet struct {
		data []byte
		due  time.Time
	}
	packets := make(chan packet, 1024)
	go func() {
		defer close(packets)
		for {
			data := make([]byte, 16<<10)
			n, err := from.Read(data)
			if n > 0 {
				packets <- packet{data[:n], time.Now().Add(d.half)}
			}
			if err != nil {
				return
			}
		}
	}()
	for p := range packets {
		time.Sleep(time.Until(p.due))
		if _, err := to.Write(p.data); err != nil {
			return
		}
	}
}
