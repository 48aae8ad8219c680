package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// errInterrupted is the error of a command that was interrupted before it had started.
var errInterrupted = errors.New("interrupted")

// interruptible calls read, which may block on a terminal or a named pipe, and returns
// errInterrupted if the program is to end before read returns.
func (a *app) interruptible(read func() (string, error)) (string, error) {
	type result struct {
		text string
		err  error
	}
	done := make(chan result, 1)
	go func() {
		text, err := read()
		done <- result{text, err}
	}()
	select {
	case r := <-done:
		return r.text, r.err
	case <-a.stop:
		return "", errInterrupted
	}
}

// confirm asks a yes-or-no question on the terminal. Without a terminal it returns a usage error.
func (a *app) confirm(question string) (bool, error) {
	if !a.terminal(a.stdin) || !a.terminal(a.stderr) {
		return false, &usageError{
			text: "can't ask for confirmation: not a terminal", hint: "add --yes",
		}
	}
	fmt.Fprintf(a.stderr, "%s [y/N] ", oneLine(question))
	answer, err := a.interruptible(func() (string, error) {
		return bufio.NewReader(a.stdin).ReadString('\n')
	})
	if errors.Is(err, errInterrupted) {
		fmt.Fprintln(a.stderr) // the cursor is behind the question
	}
	if err != nil && err != io.EOF {
		return false, err
	}
	answer = strings.ToLower(strings.TrimSpace(answer))
	return answer == "y" || answer == "yes", nil
}
