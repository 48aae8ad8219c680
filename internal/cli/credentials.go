package cli

import (
	"strings"

	"github.com/urfave/cli/v2"

	"jetpack-start/jetpack"
)

// credentials are a partner's ID and secret. idFrom and secretFrom say which flag, variable or file
// they come from.
type credentials struct {
	id         string
	secret     jetpack.Secret
	idFrom     string
	secretFrom string
}

// readCredentials returns the partner's credentials: those in flags, else those in the environment.
// Missing credentials are no error; see required.
func readCredentials(c *cli.Context, a *app) (credentials, error) {
	creds := credentials{id: c.String("partner-id"), idFrom: "--partner-id"}
	if !c.IsSet("partner-id") {
		creds.id, creds.idFrom = a.getenv(envPartnerID), "$"+envPartnerID
	}
	moved := a.moved(envPartnerSecret)
	secret, from := c.String("partner-secret"), "--partner-secret"
	if !c.IsSet("partner-secret") {
		secret = a.getenv(envPartnerSecret)
		if !moved {
			from = "$" + envPartnerSecret
		}
	}
	file := c.String("partner-secret-file")
	if file != "" && (moved || c.IsSet("partner-secret")) {
		return creds, &usageError{
			text: "--partner-secret and --partner-secret-file are both given",
			hint: "give one of the two",
		}
	}
	if file == "" && secret == "" {
		file = a.getenv(envSecretFile)
	}
	if file != "" {
		value, err := a.readSecret(file)
		if err != nil {
			return creds, err
		}
		secret, from = value, file
		if file == "-" {
			from = "standard input"
		}
	}
	creds.secret, creds.secretFrom = jetpack.Secret(secret), from
	return creds, nil
}

// moved reports whether the variable holds what was an argument (HideSecrets).
func (a *app) moved(variable string) bool {
	return strings.Contains(","+a.getenv(movedFlag)+",", ","+variable+",")
}

// required returns a usage error if the ID or the secret is missing.
func (c credentials) required() error {
	switch {
	case c.id == "":
		return &usageError{
			text: "no partner ID",
			hint: "set " + envPartnerID + " or give --partner-id", credentials: true,
		}
	case c.secret == "":
		return &usageError{
			text: "no partner secret",
			hint: "set " + envPartnerSecret +
				", or give --partner-secret-file (- is standard input)",
			credentials: true,
		}
	}
	return nil
}
