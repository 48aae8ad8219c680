package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// prepareFile makes the file where there is none, before SQLite would with a mode that lets others
// read it, and gives its path without links. SQLite gives its -wal and -shm files the mode of the
// file.
func prepareFile(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		if err := createFile(path); err != nil {
			return "", err
		}
	}
	if _, err := os.Stat(path); err != nil {
		return "", err // it names the path, which EvalSymlinks' doesn't
	}
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && name != path:
			continue // SQLite's own come and go
		case err != nil:
			return "", err
		case info.IsDir():
			return "", fmt.Errorf("%s is a folder; give the path of a file in it", name)
		case !info.Mode().IsRegular():
			return "", fmt.Errorf("%s is not a regular file", name)
		case !private(info):
			return "", fmt.Errorf(
				"others can read or change %s, which holds license keys: chmod 600 %s", name, name,
			)
		}
	}
	return path, nil
}

// createFile makes an empty file of mode 0600. It is made under another name, because to close a
// file that SQLite has open elsewhere in this process would take SQLite's locks away.
func createFile(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".ledger-*")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	if err := f.Close(); err != nil {
		return err
	}
	if err := os.Link(f.Name(), path); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	// A file whose name isn't on disk yet would be gone after a power cut, intents and all.
	return syncDir(dir)
}
