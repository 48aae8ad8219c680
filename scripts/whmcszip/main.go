// Whmcszip writes the WHMCS module with its binaries as a zip laid out from WHMCS's root: unpacked
// there, it is installed.
//
//	go run ./scripts/whmcszip VERSION FILE
//
// The same sources give the same bytes.
package main

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"time"
)

// machines are those that a binary is shipped for; the module finds it by this name.
var machines = []string{"amd64", "arm64"}

const (
	source = "whmcs/module"
	target = "modules/servers/jetpack"
	// placeholder is what the module says of its version where it wasn't packed.
	placeholder = "public const VERSION = 'dev';"
)

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: go run ./scripts/whmcszip VERSION FILE")
		os.Exit(2)
	}
	if err := pack(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "whmcszip:", err)
		os.Exit(1)
	}
}

func pack(version, file string) error {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	if err := addModule(z, version); err != nil {
		return err
	}
	license, err := os.ReadFile("LICENSE")
	if err == nil {
		err = add(z, "LICENSE", license, 0o644)
	}
	for i := 0; err == nil && i < len(machines); i++ {
		err = addBinary(z, version, machines[i])
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		return err
	}
	return os.WriteFile(file, archive.Bytes(), 0o644)
}

// addModule adds the PHP, with the version where the sources have none.
func addModule(z *zip.Writer, version string) error {
	replaced := false
	err := fs.WalkDir(os.DirFS(source), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		if name == "config.php" ||
			path.Dir(name) == "bin" { // somebody's own, from trying the module where it is
			return nil
		}
		text, err := os.ReadFile(filepath.Join(source, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if bytes.Contains(text, []byte(placeholder)) {
			replaced = true
			text = bytes.ReplaceAll(
				text, []byte(placeholder),
				fmt.Appendf(nil, "public const VERSION = '%s';", version),
			)
		}
		return add(z, name, text, 0o644)
	})
	if err == nil && !replaced {
		err = fmt.Errorf("no file of %s has %q", source, placeholder)
	}
	return err
}

// addBinary builds the program for one machine and adds it.
func addBinary(z *zip.Writer, version, machine string) error {
	dir, err := os.MkdirTemp("", "whmcszip-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	name := "jetpack-start-linux-" + machine
	binary := filepath.Join(dir, name)
	module, err := exec.Command("go", "list", "-m").Output()
	if err != nil {
		return fmt.Errorf("go list -m: %w", err)
	}
	variable := string(bytes.TrimSpace(module)) + "/internal/cli.Version"
	build := exec.Command(
		"go", "build", "-trimpath", "-ldflags", "-s -w -X "+variable+"="+version, "-o", binary, ".",
	)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+machine)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("go build for %s: %w", machine, err)
	}
	text, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	return add(z, "bin/"+name, text, 0o755)
}

// add adds a file. Its time is zip's first, so that it says nothing.
func add(z *zip.Writer, name string, text []byte, mode fs.FileMode) error {
	header := &zip.FileHeader{
		Name:     path.Join(target, name),
		Method:   zip.Deflate,
		Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC),
	}
	header.SetMode(mode)
	w, err := z.CreateHeader(header)
	if err == nil {
		_, err = w.Write(text)
	}
	return err
}
