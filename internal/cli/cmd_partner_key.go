package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/urfave/cli/v2"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/licensing"
	"jetpack-start/jetpack"
)

func partnerKeyCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "partner-key", Usage: "create partner keys, and check the one in use",
		Subcommands: []*cli.Command{partnerKeyCreateCommand(a), partnerKeyVerifyCommand(a)},
	}
}

type partnerKeyOptions struct {
	api        apiOptions
	request    jetpack.PartnerKeyRequest
	reference  string
	secretFile string
	ledger     string
}

func partnerKeyCreateCommand(a *app) *cli.Command {
	limit := func(plan string) cli.Flag {
		return &cli.IntFlag{
			Name:  plan,
			Usage: "`N` " + plan + " plans may be provisioned with it; none if not said",
		}
	}
	return &cli.Command{
		Name: "create", Usage: "create a partner key for somebody else; its secret is shown this once",
		Flags: slices.Concat([]cli.Flag{
			&cli.StringFlag{Name: "name", Usage: "what the key is called: `NAME`"},
			limit("personal"), limit("premium"), limit("professional"),
			&cli.StringFlag{Name: "notes", Usage: "`TEXT` kept beside the key"},
			&cli.StringFlag{
				Name:  "reference",
				Usage: "the `ORDER` that it is for: a second key of this name is never made for it",
			},
			&cli.StringFlag{
				Name:  "secret-file",
				Usage: "write the secret to `FILE`, which must not be there yet, instead of standard output",
			},
		}, ledgerFlags(), apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := partnerKeyFlags(c, a)
			if err != nil {
				return exitUsage, err
			}
			return partnerKeyCreateRun(c.Context, a, o)
		}),
	}
}

func partnerKeyFlags(c *cli.Context, a *app) (o partnerKeyOptions, err error) {
	o = partnerKeyOptions{
		reference: c.String(
			"reference",
		), secretFile: c.String("secret-file"), ledger: ledgerDSN(c, a),
		request: jetpack.PartnerKeyRequest{
			Name: c.String("name"), Notes: c.String("notes"),
			Personal: c.Int(
				"personal",
			), Premium: c.Int("premium"), Professional: c.Int("professional"),
		},
	}
	if o.api, err = apiFlagValues(c, a); err == nil {
		err = o.api.creds.required()
	}
	if err != nil {
		return o, err
	}
	for _, plan := range []string{"personal", "premium", "professional"} {
		if c.Int(plan) < 0 {
			return o, &usageError{text: fmt.Sprintf("--%s is less than 0: %d", plan, c.Int(plan))}
		}
	}
	switch {
	case o.request.Name == "":
		return o, &usageError{text: "no --name", hint: "what the key is called"}
	case c.IsSet("reference") && o.reference == "":
		return o, &usageError{
			text: "--reference is empty",
			hint: "an empty one would not keep a second key from being made",
		}
	case c.IsSet("secret-file") && (o.secretFile == "" || o.secretFile == "-"):
		return o, &usageError{
			text: "--secret-file is no file: " + quoted(o.secretFile),
			hint: "without it the secret goes to standard output",
		}
	}
	return o, nil
}

func partnerKeyCreateRun(ctx context.Context, a *app, o partnerKeyOptions) (int, error) {
	api, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	return a.withLicensing(
		ctx,
		licensingOptions{api: o.api, ledger: o.ledger},
		func(service *licensing.Service) (int, error) {
			var file *secretFile
			if o.secretFile != "" {
				// Before the call: a file that can't be written must not cost a key.
				if file, err = newSecretFile(o.secretFile); err != nil {
					return exitUsage, err
				}
				defer file.close()
			}
			key, err := service.CreateKey(ctx, api, o.request, o.reference)
			if err != nil {
				known := record{"name": o.request.Name}
				if o.reference != "" {
					known["reference"] = o.reference
				}
				return a.failed(ctx, err, known), nil
			}
			return a.keyCreated(ctx, key, o, file)
		},
	)
}

// keyCreated hands the key over. Its secret is nowhere else, so it is printed where it can't be
// written to the file.
func (a *app) keyCreated(
	ctx context.Context, key jetpack.PartnerKey, o partnerKeyOptions, file *secretFile,
) (int, error) {
	out := record{
		"success":   true,
		"outcome":   "created",
		"name":      key.Name,
		"client_id": key.ClientID,
	}
	add := func(name string, value any, there bool) {
		if there {
			out[name] = value
		}
	}
	add("id", key.ID, key.ID != 0)
	add("allowed_personal_plans", key.Personal, key.Personal >= 0)
	add("allowed_premium_plans", key.Premium, key.Premium >= 0)
	add("allowed_professional_plans", key.Professional, key.Professional >= 0)
	add("notes", key.Notes, key.Notes != "")
	add("reference", o.reference, o.reference != "")
	add("request_id", key.RequestID, key.RequestID != "")
	if key.ClientID == "" {
		a.warn("the answer doesn't say the key's client ID", "the partner portal shows it")
	}
	if file == nil {
		out["client_secret"] = key.ClientSecret.Reveal()
		return exitOK, a.printJSON(out)
	}
	if err := file.keep(key.ClientSecret.Reveal()); err != nil {
		out["client_secret"] = key.ClientSecret.Reveal()
		delete(out, "success")
		delete(out, "outcome")
		return a.failed(ctx, &failure.Error{
			Code: codeSecretUnsaved, Err: err,
			Message: "the key was created, but its secret could not be written, so it is on standard output: " + err.Error(),
		}, out), nil
	}
	out["secret_file"] = o.secretFile
	return exitOK, a.printJSON(out)
}

func partnerKeyVerifyCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "verify", Usage: "say whether the partner's credentials are good",
		Flags: slices.Concat(apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := apiFlagValues(c, a)
			if err == nil {
				err = o.creds.required()
			}
			if err != nil {
				return exitUsage, err
			}
			return partnerKeyVerifyRun(c.Context, a, o)
		}),
	}
}

func partnerKeyVerifyRun(ctx context.Context, a *app, o apiOptions) (int, error) {
	api, err := a.api(o)
	if err != nil {
		return exitUsage, err
	}
	if err := api.Verify(ctx); err != nil {
		return a.failed(ctx, err, record{"partner_id": o.creds.id}), nil
	}
	return exitOK, a.printJSON(
		record{"success": true, "outcome": "verified", "partner_id": o.creds.id},
	)
}
