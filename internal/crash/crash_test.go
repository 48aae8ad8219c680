package crash

import (
	"strings"
	"testing"
)

func overrun(list []int) int { return list[len(list)] }

func TestGo(t *testing.T) {
	ran := false
	Go(func() { ran = true })()
	if !ran {
		t.Error("wait returned before f had ended")
	}
	wait := Go(func() { Go(func() { overrun(nil) })() })
	defer func() {
		p, ok := recover().(*Panic)
		if !ok || !strings.Contains(p.Error(), "index out of range [0]") {
			t.Fatalf("got %v", p)
		}
		if len(p.Stack) == 0 || !strings.HasPrefix(p.Stack[0], "jetpack-start/internal/crash.") ||
			!strings.Contains(strings.Join(p.Stack, "\n"), "crash.overrun (crash_test.go:") {
			t.Errorf("stack %q", p.Stack)
		}
	}()
	wait()
}
