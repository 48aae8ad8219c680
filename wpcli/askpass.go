package wpcli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

// askpassEnv is the variable with the path of the socket on which the process that runs WP-CLI
// answers the questions of ssh. A program that finds it set was started by ssh: see [Askpass].
const askpassEnv = "JETPACK_START_ASKPASS"

// Question is a question of ssh, such as for a password, or whether the key of a host is right. Its
// text may come from the other machine.
type Question struct {
	Text string `json:"text"`
	// Notice means that ssh tells something and expects no answer, such as to touch a key.
	Notice bool `json:"notice"`
}

// askpassReply is the reply to a Question.
type askpassReply struct {
	Answer string `json:"answer"`
	OK     bool   `json:"ok"`
}

// maxQuestion is the largest size in bytes of what is read from the socket.
const maxQuestion = 64 << 10

// Askpass passes a question of ssh on to the process that runs WP-CLI, and writes its answer to
// stdout. handled reports whether this process was started by ssh for that; it must exit with the
// code then. A program that sets [CLI.Ask] must call Askpass before anything else, because ssh
// starts the same program, with the question as its argument.
func Askpass(
	args []string, getenv func(string) string, stdout io.Writer,
) (code int, handled bool) {
	socket := getenv(askpassEnv)
	if socket == "" || len(args) != 2 {
		return 0, false
	}
	kind := getenv("SSH_ASKPASS_PROMPT") // see ssh(1)
	conn, err := net.Dial("unix", socket)
	if err != nil {
		return 1, true
	}
	defer conn.Close()
	var reply askpassReply
	question := Question{Text: args[1], Notice: kind == "none"}
	if json.NewEncoder(conn).Encode(question) != nil ||
		json.NewDecoder(io.LimitReader(conn, maxQuestion)).Decode(&reply) != nil || !reply.OK {
		return 1, true
	}
	if kind == "confirm" && !slices.Contains([]string{"y", "yes"}, strings.ToLower(reply.Answer)) {
		return 1, true // ssh looks at the exit code alone
	}
	if _, err := fmt.Fprintln(stdout, reply.Answer); err != nil {
		return 1, true
	}
	return 0, true
}

// askpass answers the questions of ssh during one call of WP-CLI.
type askpass struct {
	ask      func(context.Context, Question) (answer string, ok bool)
	program  string // this program, which ssh starts
	dir      string // with the socket; nobody else can look into it
	listener net.Listener
	cancel   context.CancelFunc
	done     sync.WaitGroup

	unanswered []string // of the goroutine that serves, until it is done
}

// startAskpass starts to answer questions with c.Ask. It returns nil if that is nil, if the
// environment names another program for ssh's questions, or if there can be no socket: ssh fails
// then where it would ask.
func (c *CLI) startAskpass(ctx context.Context) *askpass {
	if c.Ask == nil || c.RunAs != nil || slices.ContainsFunc(c.Env, func(entry string) bool {
		return strings.HasPrefix(entry, "SSH_ASKPASS=")
	}) {
		return nil
	}
	program, err := os.Executable()
	if err != nil {
		return nil
	}
	parent := os.TempDir()
	if len(parent) > 70 {
		parent = "/tmp" // the path of a socket can have about 100 bytes
	}
	dir, err := os.MkdirTemp(parent, "jetpack-start-")
	if err != nil {
		return nil
	}
	listener, err := net.Listen("unix", filepath.Join(dir, "askpass"))
	if err != nil {
		os.RemoveAll(dir)
		return nil
	}
	ctx, cancel := context.WithCancel(ctx)
	a := &askpass{
		ask: c.Ask, program: program, dir: dir, listener: listener, cancel: cancel,
	}
	a.done.Go(func() { a.serve(ctx) })
	return a
}

// env returns environ, or the environment of this process if environ is nil, with the variables
// that make ssh ask this program. a may be nil.
func (a *askpass) env(environ []string) []string {
	if a == nil {
		return environ
	}
	if environ == nil {
		environ = os.Environ()
	}
	return append(slices.Clone(environ),
		"SSH_ASKPASS="+a.program, "SSH_ASKPASS_REQUIRE=force",
		askpassEnv+"="+a.listener.Addr().String(),
		// OpenSSH before 8.4 asks only if this is set. It isn't the address of a display, so that
		// ssh forwards none.
		"DISPLAY=(none)")
}

// serve answers one question after the other until the listener is closed.
func (a *askpass) serve(ctx context.Context) {
	for {
		conn, err := a.listener.Accept()
		if err != nil {
			return
		}
		closed := context.AfterFunc(ctx, func() { conn.Close() })
		a.answer(ctx, conn)
		closed()
		conn.Close()
	}
}

// answer answers one question.
func (a *askpass) answer(ctx context.Context, conn net.Conn) {
	var question Question
	if json.NewDecoder(io.LimitReader(conn, maxQuestion)).Decode(&question) != nil {
		return
	}
	var reply askpassReply
	reply.Answer, reply.OK = a.ask(ctx, question)
	text := clip(strings.TrimSpace(question.Text))
	if !reply.OK && !slices.Contains(a.unanswered, text) {
		a.unanswered = append(a.unanswered, text)
	}
	_ = json.NewEncoder(conn).Encode(reply) // an ssh that has gone needs no answer
}

// stop ends the answering, and returns the questions that had no answer, each once. a may be nil.
func (a *askpass) stop() []string {
	if a == nil {
		return nil
	}
	a.listener.Close()
	a.cancel()
	a.done.Wait()
	os.RemoveAll(a.dir)
	return a.unanswered
}
