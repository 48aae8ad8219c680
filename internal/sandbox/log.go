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

// logEntry is one line of the log: what was asked, and what came of it.
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
	Status      int               `json:"status"` // 0 where no answer was sent
	Fault       string            `json:"fault"`
	Effect      bool              `json:"effect"`
}

// begin numbers a request and starts its line.
func (s *Server) begin(r *http.Request) *logEntry {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seq++
	return &logEntry{
		Time:        s.cfg.Now(),
		RequestID:   fmt.Sprintf("sandbox-%06d", s.seq),
		Call:        "unknown",
		Method:      r.Method,
		Path:        r.URL.Path,
		Host:        r.Host,
		ContentType: mediaType(r.Header.Get("Content-Type")),
	}
}

// mediaType drops the parameters: a boundary differs each time.
func mediaType(contentType string) string {
	media, _, _ := strings.Cut(contentType, ";")
	return strings.ToLower(strings.TrimSpace(media))
}

func (s *Server) count(name string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen[name]++
}

// redact hides the fields that are secrets; which of them were sent stays visible.
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

// requestLog writes one JSON line a request. A nil one writes nothing.
type requestLog struct {
	mu   sync.Mutex
	out  io.Writer
	file *os.File
}

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
	_, _ = l.out.Write(append(line, '\n')) // A full disk must not change an answer.
}

func (l *requestLog) close() {
	if l == nil || l.file == nil {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	_ = l.file.Close()
}

// quietLog keeps net/http from writing about failed handshakes on standard error.
func quietLog() *log.Logger { return log.New(io.Discard, "", 0) }
