package cli

import (
	"fmt"
	"io"
	"os"
	"strings"
)

// maxSecret is the largest size of a secret in bytes. A private key has a few KiB.
const maxSecret = 64 << 10

// readSecret returns the secret in the file at path, or on stdin if path is "-", without the
// newline at its end. A file that others than its owner can read is an error.
func (a *app) readSecret(path string) (string, error) {
	return a.interruptible(func() (string, error) {
		if path == "-" {
			return readSecretFrom(a.stdin, "standard input")
		}
		return readSecretFile(path)
	})
}

func readSecretFile(path string) (string, error) {
	file, err := openPrivate(path, "the secret")
	if err != nil {
		return "", err
	}
	defer file.Close()
	return readSecretFrom(file, path)
}

// openPrivate opens the file at path, which holds what. A file that others than its owner can read
// is an error.
func openPrivate(path, what string) (*os.File, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, &usageError{text: "can't read " + what + ": " + err.Error()}
	}
	info, err := file.Stat()
	switch {
	case err != nil:
		err = &usageError{text: "can't read " + what + ": " + err.Error()}
	case info.IsDir():
		err = &usageError{text: path + " is a directory, not a file with a secret"}
	case info.Mode().Perm()&0o077 != 0:
		err = &usageError{
			text: fmt.Sprintf("others can read %s (mode %04o)", path, info.Mode().Perm()),
			hint: "chmod 600 " + path,
		}
	}
	if err != nil {
		file.Close()
		return nil, err
	}
	return file, nil
}

// readSecretFrom reads a secret from r; name says what r is.
func readSecretFrom(r io.Reader, name string) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
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
		return "", &usageError{text: name + " contains a NUL byte, so it isn't a secret"}
	}
	return secret, nil
}

// readKey returns the private key in the file at path unchanged: the last newline is part of it. A
// file that others than its owner can read is an error.
func readKey(path string) (string, error) {
	file, err := openPrivate(path, "the private key")
	if err != nil {
		return "", err
	}
	defer file.Close()
	return readKeyFrom(file, path)
}

// readDropInKey is readKey for the drop-ins: like the old scripts, they take a file that others can
// read.
func readDropInKey(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", &usageError{text: "can't read the private key: " + err.Error()}
	}
	defer file.Close()
	return readKeyFrom(file, path)
}

// readKeyFrom reads a private key from r; path says what r is.
func readKeyFrom(r io.Reader, path string) (string, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxSecret+1))
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
