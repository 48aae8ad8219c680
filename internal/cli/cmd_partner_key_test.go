package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jetpack-start/jetpack"
)

// A secret that can't be written to its file is printed: it is shown this once, and the key is
// made.
func TestSecretThatCannotBeWrittenIsPrinted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "secret")
	file, err := newSecretFile(path)
	if err != nil {
		t.Fatal(err)
	}
	file.file.Close() // as a disk that fails
	var stdout, stderr bytes.Buffer
	a := &app{output: output{stdout: &stdout, stderr: &stderr}}
	key := jetpack.PartnerKey{
		ID:           7,
		Name:         "reseller",
		ClientID:     "90001",
		ClientSecret: "s3cret-of-the-key",
	}
	code, err := a.reportKey(t.Context(), key, partnerKeyOptions{secretFile: path}, file)
	if code != exitFailed || err != nil {
		t.Errorf("exit code %d, error %v", code, err)
	}
	for _, part := range []string{`"client_secret":"s3cret-of-the-key"`, `"client_id":"90001"`, `"success":false`, `"error_code":"secret_unsaved"`} {
		if !strings.Contains(stdout.String(), part) {
			t.Errorf("no %s in %s", part, stdout.String())
		}
	}
	if strings.Contains(stderr.String(), "s3cret-of-the-key") ||
		!strings.Contains(stderr.String(), "hint: the secret is on standard output") {
		t.Errorf("standard error: %s", stderr.String())
	}
	file.close()
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the file without a secret is still there: %v", err)
	}
}
