package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// secretFile is a new file, readable by its owner alone, that a secret is to be written to.
type secretFile struct {
	path string
	file *os.File
	kept bool
}

// newSecretFile makes the file; one that is there is never written over.
func newSecretFile(path string) (*secretFile, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, &usageError{
			text: path + " is there already; nothing was sent",
			hint: "name a new file: none is written over",
		}
	}
	if err != nil {
		return nil, &usageError{
			text: "the secret could not be written; nothing was sent: " + err.Error(),
		}
	}
	return &secretFile{path: path, file: file}, nil
}

// keep writes the secret, to the disk.
func (f *secretFile) keep(secret string) error {
	_, err := f.file.WriteString(secret + "\n")
	if err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		return err
	}
	f.kept = true
	if dir, err := os.Open(filepath.Dir(f.path)); err == nil {
		_ = dir.Sync() // not every file system can
		dir.Close()
	}
	return nil
}

// close ends it; a file that holds no whole secret is removed.
func (f *secretFile) close() {
	f.file.Close()
	if !f.kept {
		os.Remove(f.path)
	}
}

// readKey reads a private key's file as it is: its last newline belongs to it.
func readKey(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", &usageError{text: "can't read the private key: " + err.Error()}
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, maxSecret+1))
	switch {
	case err != nil:
		return "", &usageError{text: "can't read the private key: " + err.Error()}
	case len(data) == 0 || len(data) > maxSecret:
		return "", &usageError{
			text: fmt.Sprintf("%s is not a private key: %d bytes", path, len(data)),
		}
	}
	return string(data), nil
}

// maxSecret bounds a secret's file: a private key has a few KiB.
const maxSecret = 64 << 10

// errInterrupted ends a command that was interrupted before it had begun.
var errInterrupted = errors.New("interrupted")

// readSecret reads a secret from a file, or from standard input for "-", without the newline at
// its end. A file that others than its owner can read is refused.
func (a *app) readSecret(path string) (string, error) {
	return a.interruptible(func() (string, error) { return readSecretFrom(a.stdin, path) })
}

// interruptible gives up on a read that blocks, such as of a terminal or a named pipe, when the
// program is to end.
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
