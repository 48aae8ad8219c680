package ledgertest

import (
	"fmt"
	"os"
	"os/exec"
)

// binary finds a program also where a user's PATH doesn't lead.
func binary(name string) string {
	for _, path := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if found, err := exec.LookPath(path); err == nil {
			return found
		}
	}
	return name
}

// install sees to it that MariaDB is there. Root's apt-get installs the bare programs: the whole package would start a
// service of its own. Errors wrap exec.ErrNotFound where there is none and none can be had.
func install() error {
	_, err := exec.LookPath("mariadb-install-db")
	if err == nil {
		_, err = exec.LookPath(binary("mariadbd"))
	}
	if err == nil || os.Geteuid() != 0 {
		return err
	}
	apt, lookErr := exec.LookPath("apt-get")
	if lookErr != nil {
		return err
	}
	for _, arguments := range [][]string{
		{"-q", "-o", "DPkg::Lock::Timeout=300", "update"},
		{"-q", "-o", "DPkg::Lock::Timeout=300", "install", "-y", "--no-install-recommends", "mariadb-server-core", "mariadb-client-core"},
	} {
		command := exec.Command(apt, arguments...)
		command.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
		if out, err := command.CombinedOutput(); err != nil {
			return fmt.Errorf("%w: apt-get: %w: %s", exec.ErrNotFound, err, out)
		}
	}
	return nil
}
