package whmcs

import (
	"bytes"
	"context"
	"testing"
	"time"

	"jetpack-start/internal/ledger"
	"jetpack-start/internal/ledger/ledgertest"
)

// The row is found if the command's time runs out after the server has written it and before the
// answer arrives.
func TestBeginInterrupted(t *testing.T) {
	dsn := ledgertest.MariaDB(t)
	other, _ := newStore(t, dsn)
	s, cutter := newStore(t, dsn)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	cutter.OnPacket(func(packet []byte) string {
		if packet[0] != 0x03 ||
			!bytes.Contains(packet, []byte("INSERT INTO jetpack_start_licenses")) { // COM_QUERY
			return ""
		}
		if _, err := other.conn.ExecContext(t.Context(), string(packet[1:])); err != nil {
			t.Error(err)
		}
		stop()
		time.Sleep(100 * time.Millisecond)
		return "before"
	})
	e, err := s.Begin(
		ctx, ledger.Intent{Kind: ledger.License, Product: scan, Reference: "service:12"},
	)
	if err != nil || e.ID == 0 || e.State != ledger.Intended {
		t.Errorf("%+v, %v", e, err)
	}
}
