package cli

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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
