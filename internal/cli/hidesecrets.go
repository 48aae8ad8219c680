package cli

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// secretFlags are the flags by which the old scripts took a secret, and the variable that can
// carry it instead.
var secretFlags = map[string]string{
	"--partner-secret": envPartnerSecret, // --partner_secret and the like are found as this one
	"-s":               envPartnerSecret,
	"--ssh-pass":       envSSHPass,
	"--ftp-pass":       envFTPPass,
}

// movedFlag marks in the environment that secrets were moved there from the arguments.
const movedFlag = "JETPACK_START_SECRETS_MOVED"

// HideSecrets takes secrets out of the process list: where args carry one it starts this program
// anew in the same process, with the secret in the environment, which other users can't read,
// instead of the arguments, which all can. It returns only where there is nothing to hide or the
// program couldn't be started anew.
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
	return fmt.Errorf("the secret stays visible in the process list: %w", err)
}

// moveSecrets splits args into those that anybody may see and the secrets, by variable. A value
// that a variable can't carry (it holds a NUL, which no argument can either) doesn't occur.
func moveSecrets(args []string) (kept []string, moved map[string]string) {
	moved = map[string]string{}
	if len(args) == 0 {
		return args, moved
	}
	kept = append(kept, args[0])
	// The drop-ins know --name=value alone: what follows a bare name isn't its value.
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
