package cli

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"jetpack-start/wpcli"
)

func TestConfirm(t *testing.T) {
	for input, want := range map[string]bool{
		"y\n": true, " YES \n": true, "n\n": false, "\n": false, "yes, please\n": false, "\x04": false,
	} {
		ctrl, tty := openTerminal(t)
		a := &app{output: output{stdin: tty, stderr: tty}, stop: t.Context().Done()}
		if _, err := ctrl.WriteString(input); err != nil {
			t.Fatal(err)
		}
		if got, err := a.confirm("sure?"); got != want || err != nil {
			t.Errorf("%q: %v, %v, want %v", input, got, err, want)
		}
	}
}

// Ctrl-C ends the wait for an answer.
func TestConfirmInterrupted(t *testing.T) {
	ctrl, tty := openTerminal(t)
	stop := make(chan struct{})
	close(stop)
	a := &app{output: output{stdin: tty, stderr: tty}, stop: stop}
	if got, err := a.confirm("sure?"); got || !errors.Is(err, errInterrupted) {
		t.Errorf("%v, %v", got, err)
	}
	readUntil(t, ctrl, "sure? [y/N] \r\n")
}

// Without a terminal nothing is asked.
func TestConfirmWithoutTerminal(t *testing.T) {
	var stderr strings.Builder
	a := &app{output: output{stdin: strings.NewReader("y\n"), stderr: &stderr}}
	var usage *usageError
	if got, err := a.confirm("sure?"); got || !errors.As(err, &usage) || stderr.Len() > 0 {
		t.Errorf("%v, %v, %q", got, err, &stderr)
	}
}

// Messages of concurrent calls, such as of wp and the API, don't mix, and each removes the progress
// line before it.
func TestMessagesAreConcurrent(t *testing.T) {
	ctrl, tty := openTerminal(t)
	o := &output{stderr: tty, debug: true}
	const calls = 20
	var all sync.WaitGroup
	for range calls {
		all.Go(func() { o.progress("waiting") })
		all.Go(func() { o.fail("broken", "mend it") })
	}
	all.Wait()
	o.progress("")
	o.say("end")
	var text strings.Builder
	for buffer := make([]byte, 4096); !strings.Contains(text.String(), "end\r\n"); {
		n, err := ctrl.Read(buffer)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(buffer[:n])
	}
	const message = "jetpack-start: \x1b[31merror:\x1b[0m broken\r\nhint: mend it\r\n"
	if n := strings.Count(text.String(), message); n != calls {
		t.Errorf("%d whole messages, want %d: %q", n, calls, &text)
	}
	if strings.Contains(text.String(), "waiting …jetpack-start") {
		t.Errorf("a progress line wasn't removed: %q", &text)
	}
}

// openTerminal opens a pseudo-terminal: what is written to ctrl is the input of tty.
func openTerminal(t *testing.T) (ctrl, tty *os.File) {
	t.Helper()
	ctrl, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ctrl.Close() })
	ioctl := func(request uintptr, value *int32) {
		fd, pointer := ctrl.Fd(), uintptr(unsafe.Pointer(value))
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, fd, request, pointer); errno != 0 {
			t.Fatal(errno)
		}
	}
	var locked, number int32
	ioctl(syscall.TIOCSPTLCK, &locked)
	ioctl(syscall.TIOCGPTN, &number)
	name := "/dev/pts/" + strconv.Itoa(int(number))
	if tty, err = os.OpenFile(name, os.O_RDWR|syscall.O_NOCTTY, 0); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	return ctrl, tty
}

// readUntil returns what a terminal shows, up to end.
func readUntil(t *testing.T, ctrl *os.File, end string) string {
	t.Helper()
	var text strings.Builder
	for buffer := make([]byte, 4096); !strings.HasSuffix(text.String(), end); {
		n, err := ctrl.Read(buffer)
		if err != nil {
			t.Fatalf("%v after %q, waiting for %q", err, &text, end)
		}
		text.Write(buffer[:n])
	}
	return text.String()
}

// The answer to a question of ssh isn't shown, and an interruption restores the terminal.
func TestAnswerSSH(t *testing.T) {
	ctrl, tty := openTerminal(t)
	stop := make(chan struct{})
	a := &app{output: output{stdin: tty, stderr: tty}, stop: stop}
	type reply struct {
		answer string
		ok     bool
	}
	ask := func(ctx context.Context) <-chan reply {
		replies := make(chan reply, 1)
		go func() {
			answer, ok := a.answerSSH(ctx, wpcli.Question{Text: "a\x1b[1m\npassword: "})
			replies <- reply{answer, ok}
		}()
		readUntil(t, ctrl, "ssh: a [1m\r\npassword: ")
		waitForEcho(t, tty, false)
		return replies
	}
	replies := ask(t.Context())
	if _, err := ctrl.WriteString("open sesame\n"); err != nil {
		t.Fatal(err)
	}
	if got := <-replies; got != (reply{"open sesame", true}) {
		t.Errorf("answer %+v", got)
	}
	if shown := readUntil(t, ctrl, "\n"); strings.Contains(shown, "sesame") {
		t.Errorf("shown: %q", shown)
	}
	waitForEcho(t, tty, true)

	replies = ask(t.Context())
	close(stop)
	if got := <-replies; got.ok {
		t.Errorf("interrupted: %+v", got)
	}
	waitForEcho(t, tty, true)

	a = &app{output: output{stdin: tty, stderr: &strings.Builder{}}}
	if answer, ok := a.answerSSH(t.Context(), wpcli.Question{Text: "password:"}); ok {
		t.Errorf("without a terminal: %q", answer)
	}
}

// waitForEcho waits until the terminal echoes what is typed, or doesn't.
func waitForEcho(t *testing.T, tty *os.File, want bool) {
	t.Helper()
	for range 500 {
		state, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS)
		if err != nil {
			t.Fatal(err)
		}
		if (state.Lflag&unix.ECHO != 0) == want {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("the terminal's echo isn't %t", want)
}
