package ledgertest

import "jetpack-start/internal/apttest"

// install sees to it that MariaDB is there. The bare programs will do: the whole package would
// start a service of its own. Errors wrap exec.ErrNotFound where there is none and none can be
// had.
func install() error {
	packages := []string{"mariadb-server-core", "mariadb-client-core"}
	for _, program := range []string{"mariadb-install-db", "mariadbd"} {
		if err := apttest.Install(program, packages...); err != nil {
			return err
		}
	}
	return nil
}
