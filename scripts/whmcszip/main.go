// Command whmcszip writes a zip with the WHMCS module and its binaries. To install the module,
// unzip it in WHMCS's root. The current folder must be the root of the repository.
//
//	go run ./scripts/whmcszip VERSION FILE
//
// The zip is reproducible: its bytes depend only on the sources and the version.
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

// architectures are the GOARCH values that the zip has binaries for. The module chooses the binary
// by the value in its name.
var architectures = []string{"amd64", "arm64"}

const (
	source = "whmcs/module"
	target = "modules/servers/jetpack"
	// placeholder is the line that declares the module's version in the sources.
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

// pack writes the zip to file.
func pack(version, file string) error {
	for _, name := range []string{"go.mod", "LICENSE", source} {
		if _, err := os.Stat(name); err != nil {
			return fmt.Errorf("the current folder is not the root of the repository: %w", err)
		}
	}
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	if err := addModule(z, version); err != nil {
		return err
	}
	license, err := os.ReadFile("LICENSE")
	if err != nil {
		return err
	}
	if err := add(z, "LICENSE", license, 0o644); err != nil {
		return err
	}
	for _, arch := range architectures {
		if err := addBinary(z, version, arch); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return os.WriteFile(file, archive.Bytes(), 0o644)
}

// addModule adds the PHP files and puts the version into the line with the placeholder.
func addModule(z *zip.Writer, version string) error {
	replaced := false
	line := fmt.Appendf(nil, "public const VERSION = '%s';", version)
	err := fs.WalkDir(os.DirFS(source), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		// Leave out what someone who runs the module from the sources has put there.
		if name == "config.php" || path.Dir(name) == "bin" {
			return nil
		}
		text, err := os.ReadFile(filepath.Join(source, filepath.FromSlash(name)))
		if err != nil {
			return err
		}
		if bytes.Contains(text, []byte(placeholder)) {
			replaced = true
			text = bytes.ReplaceAll(text, []byte(placeholder), line)
		}
		return add(z, name, text, 0o644)
	})
	if err == nil && !replaced {
		err = fmt.Errorf("no file in %s contains %q", source, placeholder)
	}
	return err
}

// addBinary builds jetpack-start for an architecture and adds it.
func addBinary(z *zip.Writer, version, arch string) error {
	dir, err := os.MkdirTemp("", "whmcszip-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	name := "jetpack-start-linux-" + arch
	binary := filepath.Join(dir, name)
	module, err := exec.Command("go", "list", "-m").Output()
	if err != nil {
		return fmt.Errorf("go list -m: %w", err)
	}
	variable := string(bytes.TrimSpace(module)) + "/internal/cli.Version"
	build := exec.Command(
		"go", "build", "-trimpath", "-buildvcs=auto",
		"-ldflags", "-s -w -X "+variable+"="+version, "-o", binary, ".",
	)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		return fmt.Errorf("go build for %s: %w", arch, err)
	}
	text, err := os.ReadFile(binary)
	if err != nil {
		return err
	}
	return add(z, "bin/"+name, text, 0o755)
}

// add adds a file to the module's folder. All files have the same time, so that the zip is
// reproducible.
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
