package e2e

import (
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"jetpack-start/internal/testenv"
)

// cannotRun is the exit code with which scripts/test-docker says that the machine can't run it.
const cannotRun = 77

// TestDocker provisions a plan on a WordPress in a container, through --ssh=docker:….
func TestDocker(t *testing.T) {
	testenv.SkipNamed(t, "docker")
	if os.Getenv("CI") != "true" && os.Getenv("JETPACK_START_TEST_DOCKER") == "" {
		testenv.Skip(t, "docker", "no engine is installed or started unless "+
			"JETPACK_START_TEST_DOCKER is set, as make test-docker does")
	}
	command := exec.CommandContext(
		t.Context(), testenv.Path(t, "scripts/test-docker"), testenv.Build(t),
	)
	out, err := command.CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == cannotRun {
		testenv.Skip(t, "docker", "%s", strings.TrimSpace(string(out)))
	}
	if err != nil {
		t.Fatalf("scripts/test-docker: %v\n%s", err, out)
	}
	t.Logf("%s", out)
}
