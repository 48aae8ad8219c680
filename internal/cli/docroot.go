package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"

	"github.com/goccy/go-yaml"
)

// location is where WP-CLI runs the code of a site.
type location struct {
	// remote means on another machine or in a container, or that the site may be there.
	remote bool
	// target is where that is, as in --ssh, "" if it isn't known. remoteDir is the docroot there,
	// "" if WP-CLI searches for it.
	target, remoteDir string
	// path is the docroot, or the directory where WP-CLI looks for a WordPress that isn't there. It
	// contains no symbolic links, so that nobody can lead WP-CLI to another one after its owner is
	// known. dir is path, or the nearest directory above it that exists.
	path, dir string
	// named means that the site or its docroot was named: by a parameter, or in a wp-cli.yml.
	named bool
	// configs are the wp-cli.yml files that WP-CLI reads, except the user's own in the home
	// directory.
	configs []string
	// leads are the files that lead to path: a wp-cli.yml with a path, an index.php that loads a
	// WordPress elsewhere, and symbolic links.
	leads []string
	// aliasURL is the URL of the alias, "" if it has none. plainAlias means that the alias has only
	// a path and a URL.
	aliasURL   string
	plainAlias bool
	// unclear says why dir isn't known, "" if it is.
	unclear string
}

// locate finds out where WP-CLI will run, as WP-CLI 2.12 does (php/WP_CLI/Runner.php and
// Configurator.php). The working directory is cwd.
func (s siteOptions) locate(cwd string, getenv func(string) string) location {
	var l location
	project, global := projectConfig(cwd), globalConfig(getenv)
	settings := []map[string]any{}
	for _, file := range []string{project, global} {
		if file == "" {
			continue
		}
		values, err := readWPConfig(file)
		if err != nil {
			l.unclear = "can't read " + file + ": " + err.Error()
		}
		settings = append(settings, values)
		if file == project || getenv("WP_CLI_CONFIG_PATH") != "" {
			l.configs = append(l.configs, file)
		}
	}
	dir := ""
	if s.alias != "" {
		if dir = l.useAlias(s.alias, settings); dir != "" {
			l.leads = append(l.leads, l.configs...)
		}
	}
	if dir == "" {
		dir = s.parameter("--path")
	}
	l.remoteDir = dir
	for _, values := range settings {
		if path, _ := values["path"].(string); dir == "" && path != "" {
			dir = path
			l.leads = append(l.leads, l.configs...)
		}
		if target, _ := values["ssh"].(string); l.target == "" {
			l.target = target
		}
		l.remote = l.remote || values["ssh"] != nil || values["http"] != nil
	}
	if s.parameter("--ssh") != "" || s.parameter("--http") != "" {
		l.remote, l.unclear, l.target = true, "", s.parameter("--ssh")
	}
	l.named = s.alias != "" || dir != ""
	if l.remote {
		return l
	}
	if dir == "" {
		dir = l.search(cwd)
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(cwd, dir)
	}
	l.setDir(dir)
	if file := projectConfig(l.dir); file != "" && file != project {
		l.configs = append(l.configs, file)
	}
	return l
}

// wordPressExpected reports whether a WordPress should be there: its files are, it was named, or it
// can't be told.
func (l location) wordPressExpected() bool {
	if l.remote || l.named || l.unclear != "" {
		return true
	}
	_, err := os.Stat(filepath.Join(l.path, "wp-load.php"))
	return err == nil
}

// leadsToWordPress reports whether WP-CLI, started in dir, finds a WordPress by what is in dir or
// above it: WordPress itself, a wp-cli.yml that names one, or an index.php that loads one from
// another directory.
func leadsToWordPress(dir string) bool {
	noEnv := func(string) string { return "" } // the user's own configuration doesn't count
	return siteOptions{}.locate(dir, noEnv).wordPressExpected()
}

// parameter returns the value of one of WP-CLI's global parameters, "" if it isn't given.
func (s siteOptions) parameter(name string) string {
	for _, parameter := range s.global {
		if value, found := strings.CutPrefix(parameter, name+"="); found {
			return value
		}
	}
	return ""
}

// useAlias applies the alias, of which the first of settings that has it decides, and returns its
// path.
func (l *location) useAlias(alias string, settings []map[string]any) (path string) {
	for _, values := range settings {
		fields, ok := values[alias].(map[string]any)
		if !ok {
			continue
		}
		l.plainAlias = true
		for name, value := range fields {
			text, _ := value.(string)
			switch name {
			case "path":
				path = text
			case "url":
				l.aliasURL = text
			case "ssh":
				l.remote, l.target = true, text
			case "http":
				l.remote = true
			default:
				l.plainAlias = false
			}
		}
		return path
	}
	// WP-CLI may know it from a file that these inherit. It may be a group, or remote.
	l.remote, l.unclear = true, "the alias "+alias+" isn't that of one site in wp-cli.yml"
	return ""
}

// subdirectory matches an index.php that loads a WordPress in another directory, up to the path of
// that from the directory of index.php.
var subdirectory = regexp.MustCompile(
	`(?m)^\s*require\s*\(?\s*(?:__DIR__|dirname\(\s*__FILE__\s*\))\s*\.\s*` +
		`['"](/[^'"$\\]*)/wp-blog-header\.php['"]`)

// search returns the WordPress in dir or the nearest directory above, or dir.
func (l *location) search(dir string) string {
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "wp-load.php")); err == nil {
			return at
		}
		index, err := readSmall(filepath.Join(at, "index.php"))
		if err == nil && strings.Contains(string(index), "/wp-blog-header.php") {
			found := subdirectory.FindSubmatch(index)
			if found == nil {
				l.unclear = "can't tell which WordPress " + at + "/index.php loads"
				return at
			}
			l.leads = append(l.leads, filepath.Join(at, "index.php"))
			return filepath.Join(at, string(found[1]))
		}
		if at == filepath.Dir(at) {
			return dir
		}
	}
}

// setDir sets path and dir, and adds the symbolic links on the way to leads.
func (l *location) setDir(path string) {
	l.leads = append(l.leads, linksIn(path)...)
	rest := ""
	for dir := path; ; dir = filepath.Dir(dir) {
		real, err := filepath.EvalSymlinks(dir)
		if err == nil {
			l.dir, l.path = real, filepath.Join(real, rest)
			return
		}
		if !errors.Is(err, os.ErrNotExist) || dir == filepath.Dir(dir) {
			l.unclear = err.Error()
			return
		}
		rest = filepath.Join(filepath.Base(dir), rest)
	}
}

// maxLinks is the number of symbolic links after which a path isn't followed further.
const maxLinks = 40

// linksIn returns the symbolic links that an absolute path goes through.
func linksIn(path string) (links []string) {
	at, rest := "/", strings.Split(path, "/")
	for len(rest) > 0 && len(links) < maxLinks {
		next := filepath.Join(at, rest[0])
		rest = rest[1:]
		target, err := os.Readlink(next)
		if err != nil {
			at = next
			continue
		}
		links = append(links, next)
		if filepath.IsAbs(target) {
			at = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return links
}

// projectConfig returns the wp-cli.yml for the directory: the one there or the nearest one above,
// but not beyond a second WordPress. It returns "" if there is none.
func projectConfig(dir string) string {
	wordPresses := 0
	for {
		if _, err := os.Stat(filepath.Join(dir, "wp-load.php")); err == nil {
			wordPresses++
		}
		if wordPresses > 1 {
			return ""
		}
		for _, name := range []string{"wp-cli.local.yml", "wp-cli.yml"} {
			file := filepath.Join(dir, name)
			if _, err := os.Stat(file); err == nil {
				return file
			}
		}
		if dir == filepath.Dir(dir) {
			return ""
		}
		dir = filepath.Dir(dir)
	}
}

// globalConfig returns the configuration file of the user, "" if there is none.
func globalConfig(getenv func(string) string) string {
	file := getenv("WP_CLI_CONFIG_PATH")
	if home := getenv("HOME"); file == "" && home != "" {
		file = filepath.Join(home, ".wp-cli", "config.yml")
	}
	if _, err := os.Stat(file); err != nil {
		return ""
	}
	return file
}

// bareAlias matches an alias without quotes, as a key or in a list. YAML doesn't allow its @ there,
// but WP-CLI does.
var bareAlias = regexp.MustCompile(`(?m)^([ \t]*(?:-[ \t]+)?)(@[A-Za-z0-9_.-]+)([ \t]*:|[ \t]*$)`)

// readWPConfig returns the settings in a wp-cli.yml, with absolute paths.
func readWPConfig(file string) (map[string]any, error) {
	data, err := readSmall(file)
	if err != nil {
		return nil, err
	}
	data = bareAlias.ReplaceAll(data, []byte(`$1"$2"$3`))
	values := map[string]any{}
	if err := yaml.Unmarshal(data, &values); err != nil {
		return nil, errors.New("it isn't YAML")
	}
	absolute := func(fields map[string]any) {
		if path, _ := fields["path"].(string); path != "" && !filepath.IsAbs(path) {
			fields["path"] = filepath.Join(filepath.Dir(file), path)
		}
	}
	absolute(values)
	for _, value := range values {
		if fields, ok := value.(map[string]any); ok {
			absolute(fields)
		}
	}
	return values, nil
}

// maxConfig is the largest size of a configuration file that is read, in bytes.
const maxConfig = 64 << 10

// readSmall reads a regular file that may belong to anybody.
func readSmall(name string) ([]byte, error) {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	info, err := file.Stat()
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular() || info.Size() > maxConfig:
		return nil, fmt.Errorf("it isn't a file of at most %d KiB", maxConfig>>10)
	}
	return io.ReadAll(io.LimitReader(file, maxConfig))
}
