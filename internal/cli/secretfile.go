package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// secretFile is a new file, readable only by its owner, that a secret is going to be written to.
type secretFile struct {
	path    string
	file    *os.File
	written bool
}

// newSecretFile creates the file. An existing file is an error.
func newSecretFile(path string) (*secretFile, error) {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, &usageError{
			text: path + " exists already; nothing was sent",
			hint: "name a new file: existing files are never overwritten",
		}
	}
	if err != nil {
		return nil, &usageError{
			text: "can't write the secret; nothing was sent: " + err.Error(),
		}
	}
	return &secretFile{path: path, file: file}, nil
}

// write writes the secret and syncs it to disk.
func (f *secretFile) write(secret string) error {
	_, err := f.file.WriteString(secret + "\n")
	if err == nil {
		err = f.file.Sync()
	}
	if err != nil {
		return err
	}
	f.written = true
	if dir, err := os.Open(filepath.Dir(f.path)); err == nil {
		_ = dir.Sync() // not every file system can
		dir.Close()
	}
	return nil
}

// close closes the file, and removes it if the secret wasn't written completely.
func (f *secretFile) close() {
	f.file.Close()
	if !f.written {
		os.Remove(f.path)
	}
}
