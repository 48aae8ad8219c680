package cli

import (
	"context"
	"fmt"
	"os"
	"strings"

	"golang.org/x/term"

	"jetpack-start/wpcli"
)

// answerSSH asks the user a question of ssh on the terminal, and returns the answer, or false if
// there is no terminal or the user was interrupted. The answer may be a password, so it isn't shown
// while it is typed.
func (a *app) answerSSH(ctx context.Context, question wpcli.Question) (answer string, ok bool) {
	file, isFile := a.stdin.(*os.File)
	if !isFile || !a.terminal(file) || !a.terminal(a.stderr) {
		return "", false
	}
	a.showQuestion("ssh: ", question.Text)
	if question.Notice {
		fmt.Fprintln(a.stderr)
		return "", true
	}
	// Saved here, because a read that is abandoned leaves the terminal without echo.
	fd := int(file.Fd())
	state, err := term.GetState(fd)
	if err != nil {
		return "", false
	}
	typed := make(chan string, 1)
	go func() {
		if line, err := term.ReadPassword(fd); err == nil {
			typed <- string(line)
		} else {
			close(typed)
		}
	}()
	select {
	case answer, ok = <-typed:
	case <-a.stop:
	case <-ctx.Done():
	}
	_ = term.Restore(fd, state)
	fmt.Fprintln(a.stderr)
	return answer, ok
}

// showQuestion writes a question of several lines to stderr, and leaves the cursor behind it.
func (o *output) showQuestion(label, text string) {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimSpace(text), "\n") {
		lines = append(lines, oneLine(line))
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.showProgress("")
	fmt.Fprint(o.stderr, label+strings.Join(lines, "\n")+" ")
}
