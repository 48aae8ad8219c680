package mysqldb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"testing"

	"github.com/go-sql-driver/mysql"
)

// meanings has the functions that classify errors, and all server error numbers that each
// accepts.
var meanings = []struct {
	name    string
	is      func(error) bool
	numbers []uint16
}{
	{"Busy", Busy, []uint16{1040, 1047, 1203, 1205, 1213}},
	{"Lost", Lost, []uint16{1053, 1927, 3169, 4031}},
	{"ReadOnly", ReadOnly, []uint16{1290, 1836}},
	{"Denied", Denied, []uint16{1044, 1045, 1049, 1142, 1143, 1227, 1698}},
	{"SchemaMismatch", SchemaMismatch, []uint16{1054, 1146, 1267, 1271}},
}

func serverError(number uint16) error {
	return fmt.Errorf("wrapped: %w", &mysql.MySQLError{Number: number, Message: "text"})
}

func TestNumbers(t *testing.T) {
	for _, m := range meanings {
		var got []uint16
		for number := range uint16(6000) { // MariaDB's own end before 5000
			if m.is(serverError(number)) {
				got = append(got, number)
			}
		}
		if !slices.Equal(got, m.numbers) {
			t.Errorf("%s accepts %v, want %v", m.name, got, m.numbers)
		}
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		err  error
		want uint16
	}{
		{serverError(DuplicateEntry), 1062},
		{serverError(NoSuchTable), 1146},
		{nil, 0},
		{io.EOF, 0},
		{errors.New("Error 1062: Duplicate entry"), 0},
	} {
		if got := Number(c.err); got != c.want {
			t.Errorf("Number(%v) = %d, want %d", c.err, got, c.want)
		}
	}
}

func TestLocalErrors(t *testing.T) {
	for _, c := range []struct {
		err  error
		lost bool
	}{
		{driver.ErrBadConn, true},
		{mysql.ErrInvalidConn, true},
		{io.EOF, true},
		{io.ErrUnexpectedEOF, true},
		{&net.OpError{Op: "dial", Err: errors.New("connection refused")}, true},
		{os.ErrDeadlineExceeded, true},
		{nil, false},
		{context.Canceled, false},
		{driver.ErrSkip, false},
		{mysql.ErrMalformPkt, false},
		{errors.New("text"), false},
	} {
		err := c.err
		if err != nil {
			err = fmt.Errorf("wrapped: %w", err)
		}
		for _, m := range meanings {
			if got, want := m.is(err), m.name == "Lost" && c.lost; got != want {
				t.Errorf("%s(%v) = %t, want %t", m.name, err, got, want)
			}
		}
	}
}
