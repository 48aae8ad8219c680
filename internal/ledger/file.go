package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// syncDir is a variable so that tests can see which folders are synced, and make it fail.
var syncDir = fsyncDir

// prepareFile creates the file if it doesn't exist, because SQLite would create it with a mode that
// lets others read it. It returns the absolute path with all symbolic links resolved. SQLite gives
// its -wal and -shm files the mode of the main file.
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
		return "", err // unlike the error of EvalSymlinks, it has the whole path
	}
	link := path
	if path, err = filepath.EvalSymlinks(path); err != nil {
		return "", err
	}
	if err := checkOwners(link, path); err != nil {
		return "", err
	}
	for _, name := range []string{path, path + "-wal", path + "-shm"} {
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist) && name != path:
			continue // SQLite creates and removes these
		case err != nil:
			return "", err
		case info.IsDir():
			return "", fmt.Errorf("%s is a folder; the ledger needs the path of a file", name)
		case !info.Mode().IsRegular():
			return "", fmt.Errorf("%s is not a regular file", name)
		case !isPrivate(info):
			return "", fmt.Errorf(
				"others can read or change %s, which holds license keys: chmod 600 %s", name, name)
		}
	}
	return path, nil
}

// checkOwners returns an error if another user could exchange the ledger: the symbolic link that
// leads to it, the file itself and the folders of both must belong to us or to root.
func checkOwners(link, path string) error {
	for _, name := range []string{filepath.Dir(link), link, filepath.Dir(path), path} {
		info, err := os.Lstat(name)
		if err == nil && name == filepath.Dir(link) {
			info, err = os.Stat(name)
		}
		if err != nil {
			return err
		}
		if !isOurs(info) {
			return fmt.Errorf("%s belongs to another user", name)
		}
	}
	return nil
}

// createFile creates an empty file with mode 0600, and its folders with mode 0700. It creates the
// file under a temporary name and links it, because closing path itself would drop the POSIX locks
// that another connection of this process may hold on it.
func createFile(path string) error {
	dir := filepath.Dir(path)
	changed := changedDirs(dir)
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
	// Without this a power cut could remove the file's name, and with it entries that were already
	// promised to be on disk.
	for _, d := range changed {
		if err := syncDir(d); err != nil {
			return err
		}
	}
	return nil
}

// changedDirs returns dir and the parent of each folder that has to be created for it: the folders
// that get a new name in them.
func changedDirs(dir string) []string {
	changed := []string{dir}
	for parent := filepath.Dir(dir); parent != dir; dir, parent = parent, filepath.Dir(parent) {
		if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
			break
		}
		changed = append(changed, parent)
	}
	return changed
}
