package cli

import (
	"strings"

	"jetpack-start/jetpack"
)

// credentials are a partner's, and where each came from, for doctor.
type credentials struct {
	id         string
	secret     jetpack.Secret
	idFrom     string
	secretFrom string
}

type credentialFlags struct {
	id, secret, file string
	idSet, secretSet bool
}

// readCredentials takes a flag before the environment. That one is missing is no error here: see
// required.
func readCredentials(a *app, f credentialFlags) (credentials, error) {
	c := credentials{id: f.id, idFrom: "--partner-id"}
	if !f.idSet {
		c.id, c.idFrom = a.getenv(envPartnerID), "$"+envPartnerID
	}
	moved := a.moved(envPartnerSecret)
	secret, from := f.secret, "--partner-secret"
	if !f.secretSet {
		secret, from = a.getenv(envPartnerSecret), "$"+envPartnerSecret
	}
	if moved {
		from = "--partner-secret"
	}
	if (f.secretSet || moved) && f.file != "" {
		return c, &usageError{
			text: "--partner-secret and --partner-secret-file are both given",
			hint: "leave one out",
		}
	}
	file := f.file
	if file == "" && secret == "" {
		file = a.getenv(envSecretFile)
	}
	if file != "" {
		value, err := a.readSecret(file)
		if err != nil {
			return c, err
		}
		secret, from = value, file
		if file == "-" {
			from = "standard input"
		}
	}
	c.secret, c.secretFrom = jetpack.Secret(secret), from
	return c, nil
}

// moved says whether a variable holds what was an argument (HideSecrets).
func (a *app) moved(variable string) bool {
	return strings.Contains(","+a.getenv(movedFlag)+",", ","+variable+",")
}

// required refuses to go on without credentials.
func (c credentials) required() error {
	switch {
	case c.id == "":
		return &usageError{
			text: "no partner ID",
			hint: "set " + envPartnerID + " or give --partner-id",
		}
	case c.secret == "":
		return &usageError{
			text: "no partner secret",
			hint: "set " + envPartnerSecret + ", or give --partner-secret-file (- is standard input)",
		}
	}
	return nil
}
