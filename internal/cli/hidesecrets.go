package cli

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// secretFlags are the flags with which the old scripts took a secret, and the variables that
// replace them.
var secretFlags = map[string]string{
	"--partner-secret": envPartnerSecret, // also --partner_secret; see moveSecrets
	"-s":               envPartnerSecret,
	"--ssh-pass":       envSSHPass,
	"--ftp-pass":       envFTPPass,
}

// movedFlag is the variable with the names of the variables that HideSecrets set, separated by
// commas.
const movedFlag = "JETPACK_START_SECRETS_MOVED"

// HideSecrets keeps secrets out of the process list. If args contain one, it executes the program
// again in the same process, with the secret in the environment, which other users can't read. It
// returns only if there is nothing to hide or that failed.
func HideSecrets(args, environ []string) error {
	kept, moved := moveSecrets(args)
	if len(moved) == 0 {
		return nil
	}
	program, err := os.Executable()
	if err == nil {
		env := []string{}
		for _, entry := range environ {
			name, _, _ := strings.Cut(entry, "=")
			if _, replaced := moved[name]; !replaced && name != movedFlag {
				env = append(env, entry)
			}
		}
		names := []string{}
		for name, value := range moved {
			env = append(env, name+"="+value)
			names = append(names, name)
		}
		env = append(env, movedFlag+"="+strings.Join(names, ","))
		err = syscall.Exec(program, kept, env)
	}
	return fmt.Errorf("the secret remains visible in the process list: %w", err)
}

// moveSecrets returns args without the secrets, and the secrets by variable. Any argument fits
// into a variable, because neither can hold a NUL byte.
func moveSecrets(args []string) (kept []string, moved map[string]string) {
	moved = map[string]string{}
	if len(args) == 0 {
		return args, moved
	}
	kept = append(kept, args[0])
	// The drop-ins take --name=value only, so what follows a bare name isn't its value.
	kind, _, _ := dropIn(args, func(string) string { return "" })
	for i := 1; i < len(args); i++ {
		if args[i] == "--" {
			kept = append(kept, args[i:]...)
			break
		}
		name, value, hasValue := strings.Cut(args[i], "=")
		spelled := strings.ReplaceAll(name, "_", "-")
		variable, secret := secretFlags[spelled]
		if !secret && strings.HasPrefix(name, "-") && !strings.HasPrefix(name, "--") {
			variable, secret = secretFlags["-"+spelled] // -partner-secret is the same flag
		}
		switch {
		case !secret, !hasValue && (kind != "" || i+1 == len(args)):
			kept = append(kept, args[i])
		case hasValue:
			moved[variable] = value
		default:
			i++
			moved[variable] = args[i]
		}
	}
	return kept, moved
}
