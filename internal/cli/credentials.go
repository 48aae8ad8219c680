package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"jetpack-start/jetpack"
)

// credentials are a partner's, and where each came from, for doctor.
type credentials struct {
	id         string
	secret     jetpack.Secret
	idFrom     string
	secretFrom string
}

type credentialFlags struct {
	id, secret, file string
	idSet, secretSet bool
}

// readCredentials takes a flag before the environment. That one is missing is no error here: see
// required.
func readCredentials(w *world, f credentialFlags) (credentials, error) {
	c := credentials{id: f.id, idFrom: "--partner-id"}
	if !f.idSet {
		c.id, c.idFrom = w.getenv(envPartnerID), "$"+envPartnerID
	}
	moved := w.moved(envPartnerSecret)
	secret, from := f.secret, "--partner-secret"
	if !f.secretSet {
		secret, from = w.getenv(envPartnerSecret), "$"+envPartnerSecret
	}
	if moved {
		from = "--partner-secret"
	}
	if (f.secretSet || moved) && f.file != "" {
		return c, &usageError{
			text: "--partner-secret and --partner-secret-file are both given",
			hint: "leave one out",
		}
	}
	file := f.file
	if file == "" && secret == "" {
		file = w.getenv(envSecretFile)
	}
	if file != "" {
		value, err := w.readSecret(file)
		if err != nil {
			return c, err
		}
		secret, from = value, file
		if file == "-" {
			from = "standard input"
		}
	}
	c.secret, c.secretFrom = jetpack.Secret(secret), from
	return c, nil
}

// moved says whether a variable holds what was an argument (HideSecrets).
func (w *world) moved(variable string) bool {
	return strings.Contains(","+w.getenv(movedFlag)+",", ","+variable+",")
}

// required refuses to go on without credentials.
func (c credentials) required() error {
	switch {
	case c.id == "":
		return &usageError{
			text: "no partner ID",
			hint: "set " + envPartnerID + " or give --partner-id",
		}
	case c.secret == "":
		return &usageError{
			text: "no partner secret",
			hint: "set " + envPartnerSecret + ", or give --partner-secret-file (- is standard input)",
		}
	}
	return nil
}

// maxSecret bounds a secret's file: a private key has a few KiB.
const maxSecret = 64 << 10

// errInterrupted ends a command that was interrupted before it had begun.
var errInterrupted = errors.New("interrupted")

// readSecret reads a secret from a file, or from standard input for "-", without the newline at
// its end. A file that others than its owner can read is refused.
func (w *world) readSecret(path string) (string, error) {
	return w.interruptible(func() (string, error) { return readSecretFrom(w.stdin, path) })
}

// interruptible gives up on a read that blocks, such as of a terminal or a named pipe, when the
// program is to end.
func (w *world) interruptible(read func() (string, error)) (string, error) {
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
	case <-w.stop:
		return "", errInterrupted
	}
}

func readSecretFrom(stdin io.Reader, path string) (string, error) {
	source, name := stdin, "standard input"
	if path != "-" {
		file, err := os.Open(path)
		if err != nil {
			return "", &usageError{text: "can't read the secret: " + err.Error()}
		}
		defer file.Close()
		info, err := file.Stat()
		switch {
		case err != nil:
			return "", &usageError{text: "can't read the secret: " + err.Error()}
		case info.IsDir():
			return "", &usageError{text: path + " is a folder, not a file with a secret"}
		case info.Mode().Perm()&0o077 != 0:
			return "", &usageError{
				text: fmt.Sprintf("others can read %s (mode %04o)", path, info.Mode().Perm()),
				hint: "chmod 600 " + path,
			}
		}
		source, name = file, path
	}
	data, err := io.ReadAll(io.LimitReader(source, maxSecret+1))
	if err != nil {
		return "", &usageError{text: "can't read the secret from " + name + ": " + err.Error()}
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(data), "\n"), "\r")
	switch {
	case secret == "":
		return "", &usageError{text: "no secret in " + name}
	case len(data) > maxSecret:
		return "", &usageError{text: fmt.Sprintf("%s is longer than %d KiB", name, maxSecret>>10)}
	case strings.ContainsRune(secret, 0):
		return "", &usageError{text: name + " holds a NUL: not a secret in text form"}
	}
	return secret, nil
}
