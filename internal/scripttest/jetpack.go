package scripttest

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// jetpackEnv is the variable with the path of a zip of Jetpack, with which a real WordPress then
// runs instead of with the stand-in.
const jetpackEnv = "JETPACK_START_TEST_JETPACK"

// realJetpack is a Jetpack that takes the place of the stand-in.
type realJetpack struct {
	version string
	folder  string // the unpacked plugin
	zips    string // the directory whose NAME.zip `wp plugin install NAME` installs
}

// newRealJetpack unpacks a zip of Jetpack to the directory dir. zips is the directory with the zips
// of the other plugins.
func newRealJetpack(t *testing.T, file, dir, zips string) *realJetpack {
	t.Helper()
	j := &realJetpack{folder: filepath.Join(dir, "jetpack"), zips: filepath.Join(dir, "zips")}
	if err := os.MkdirAll(j.zips, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := j.unpack(file); err != nil {
		t.Fatalf("%s: %s: %v", jetpackEnv, file, err)
	}
	for _, name := range []string{"akismet.zip", "vaultpress.zip"} {
		if err := os.Symlink(filepath.Join(zips, name), filepath.Join(j.zips, name)); err != nil {
			t.Fatal(err)
		}
	}
	// scripts/testreport looks for this.
	t.Logf("with Jetpack %s", j.version)
	return j
}

// unpack unpacks the zip, and writes one like it whose folder is called jetpack, as that of
// wordpress.org is.
func (j *realJetpack) unpack(file string) error {
	reader, err := zip.OpenReader(file)
	if err != nil {
		return err
	}
	defer reader.Close()
	folder, err := j.find(&reader.Reader)
	if err != nil {
		return err
	}
	out, err := os.Create(filepath.Join(j.zips, "jetpack.zip"))
	if err != nil {
		return err
	}
	defer out.Close()
	writer := zip.NewWriter(out)
	for _, entry := range reader.File {
		name, inside := strings.CutPrefix(entry.Name, folder)
		if !inside || name == "" {
			continue
		}
		if err := j.unpackFile(name, entry); err != nil {
			return err
		}
		entry.Name = "jetpack/" + name
		if err := writer.Copy(entry); err != nil {
			return err
		}
	}
	return errors.Join(writer.Close(), out.Close())
}

func (j *realJetpack) unpackFile(name string, entry *zip.File) error {
	if !filepath.IsLocal(name) {
		return fmt.Errorf("invalid name: %s", entry.Name)
	}
	path := filepath.Join(j.folder, name)
	if entry.FileInfo().IsDir() {
		return os.MkdirAll(path, 0o755)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	from, err := entry.Open()
	if err != nil {
		return err
	}
	defer from.Close()
	to, err := os.Create(path)
	if err != nil {
		return err
	}
	_, err = io.Copy(to, from)
	return errors.Join(err, to.Close())
}

var pluginHeader = regexp.MustCompile(
	`(?s)^<\?php\s.*?\n \* Plugin Name: Jetpack\n.*?\n \* Version: ([\w.-]+)\n`,
)

// find returns the folder of the zip that has Jetpack, with a slash at the end, and sets the
// version.
func (j *realJetpack) find(reader *zip.Reader) (folder string, err error) {
	for _, entry := range reader.File {
		folder, found := strings.CutSuffix(entry.Name, "jetpack.php")
		if !found || strings.Count(folder, "/") != 1 || !strings.HasSuffix(folder, "/") {
			continue
		}
		from, err := entry.Open()
		if err != nil {
			return "", err
		}
		defer from.Close()
		text, err := io.ReadAll(io.LimitReader(from, 8192))
		if err != nil {
			return "", err
		}
		if m := pluginHeader.FindSubmatch(text); m != nil {
			j.version = string(m[1])
			return folder, nil
		}
	}
	return "", errors.New("no FOLDER/jetpack.php with the header of Jetpack")
}

// install replaces the stand-in in a docroot, and adds the one for WordPress.com, which is in the
// file server. Jetpack's files are hard links if links is set, except jetpack.php, which scripts
// change.
func (j *realJetpack) install(docroot, server string, links bool) error {
	const script = `set -e
		rm -r "$2"
		if [ -z "$3" ] || ! cp -Rl "$1" "$2"; then
			rm -rf "$2"
			cp -R "$1" "$2"
		fi
		rm "$2/jetpack.php"
		cp "$1/jetpack.php" "$2/jetpack.php"
		cp "$4" "$2/../../"`
	how := ""
	if links {
		how = "links"
	}
	folder := filepath.Join(docroot, "wp-content/plugins/jetpack")
	args := []string{"-c", script, "sh", j.folder, folder, how, server}
	out, err := exec.Command("sh", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}
