package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"time"
)

const redacted = "[redacted]"

// logEntry is a line of the log: a request and its outcome.
type logEntry struct {
	Time        time.Time         `json:"time"`
	RequestID   string            `json:"request_id"`
	Call        string            `json:"call"`
	Method      string            `json:"method"`
	Path        string            `json:"path"`
	Query       map[string]string `json:"query"`
	Host        string            `json:"host"`
	ContentType string            `json:"content_type"`
	Fields      map[string]string `json:"fields"`
	Bearer      string            `json:"bearer"`
	Status      int               `json:"status"` // of the response; 0 if none was sent
	Fault       string            `json:"fault"`
	Effect      bool              `json:"effect"`
}

// newLogEntry returns the log entry of a request, with a new request ID and without an outcome.
func (s *Server) newLogEntry(r *http.Request) *logEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.requests++
	return &logEntry{
		Time:        s.cfg.Now(),
		RequestID:   fmt.Sprintf("sandbox-%06d", s.requests),
		Call:        "unknown",
		Method:      r.Method,
		Path:        r.URL.Path,
		Host:        r.Host,
		ContentType: mediaType(r.Header.Get("Content-Type")),
	}
}

// mediaType returns a content type without its parameters: a boundary differs in each request.
func mediaType(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(media))
}

// countCall counts a request for GET /sandbox/state.
func (s *Server) countCall(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.callCounts[name]++
}

// redact returns fields with the values of secrets replaced. An empty value stays, so that the log
// shows which secrets were sent.
func redact(fields map[string]string) map[string]string {
	secret := []string{"client_secret", "ssh_pass", "ssh_private_key", "ftp_pass", "access_token"}
	shown := make(map[string]string, len(fields))
	for name, value := range fields {
		if slices.Contains(secret, name) && value != "" {
			value = redacted
		}
		shown[name] = value
	}
	return shown
}

// requestLog writes the log, one JSON line for each request. A nil *requestLog writes nothing.
type requestLog struct {
	mu   sync.Mutex
	out  io.Writer
	file *os.File // nil if out is not a file that openLog opened
}

// openLog opens the log that cfg asks for.
func openLog(cfg Config) (*requestLog, error) {
	switch {
	case cfg.Log == "":
		return nil, nil
	case cfg.Log == "-" && cfg.Stdout == nil:
		return nil, errors.New(`log "-": Config.Stdout is not set`)
	case cfg.Log == "-":
		return &requestLog{out: cfg.Stdout}, nil
	}
	file, err := os.OpenFile(cfg.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, fmt.Errorf("log: %w", err)
	}
	return &requestLog{out: file, file: file}, nil
}

// write appends a line to the log.
func (l *requestLog) write(e *logEntry) {
	if l == nil {
		return
	}
	line, err := json.Marshal(e)
	if err != nil {
		return // an entry holds only strings, numbers and a time
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_, _ = l.out.Write(append(line, '\n')) // a full disk must not change a response
}

// close closes the log's file.
func (l *requestLog) close() {
	if l == nil || l.file == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.file.Close()
}

// discardLog returns a logger that discards what net/http logs, such as failed handshakes.
func discardLog() *log.Logger { return log.New(io.Discard, "", 0) }
