package cli

import (
	"context"
	"errors"
	"slices"
	"strconv"

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
	ignoreOpen bool
}

func partnerKeyCreateCommand(a *app) *cli.Command {
	limit := func(plan string) cli.Flag {
		return &cli.IntFlag{
			Name: plan, Usage: "`N` " + plan + " plans may be provisioned with it (default: none)",
		}
	}
	own := []cli.Flag{
		textFlag("", "name", "`NAME` of the key"),
		limit("personal"), limit("premium"), limit("professional"),
		textFlag("", "notes", "`TEXT` stored with the key"),
		textFlag("", "reference",
			"the `ORDER` that it is for; no second key with this name is created for it"),
		textFlag("", "secret-file",
			"write the secret to `FILE`, which must not exist, instead of standard output"),
		ignoreOpenFlag(),
	}
	return &cli.Command{
		Name:  "create",
		Usage: "create a partner key for another partner; its secret is shown only once",
		Flags: slices.Concat(own, ledgerFlags(), apiFlags(), outputFlags()),
		Action: checked(a,
			func(c *cli.Context) (partnerKeyOptions, error) { return partnerKeyValues(c, a) },
			func(c *cli.Context, o partnerKeyOptions) (int, error) {
				return partnerKeyCreateRun(c.Context, a, o)
			}),
	}
}

func partnerKeyValues(c *cli.Context, a *app) (o partnerKeyOptions, err error) {
	o = partnerKeyOptions{
		reference: c.String("reference"), secretFile: c.String("secret-file"),
		ledger: ledgerValue(c, a), ignoreOpen: c.Bool("yes"),
		request: jetpack.PartnerKeyRequest{
			Name: c.String("name"), Notes: c.String("notes"), Personal: c.Int("personal"),
			Premium: c.Int("premium"), Professional: c.Int("professional"),
		},
	}
	o.api, err = partnerValues(c, a)
	return o, errors.Join(
		checkCounts(c, "personal", "premium", "professional"), checkPartnerKey(c, o), err,
	)
}

// checkPartnerKey rejects missing and empty flags.
func checkPartnerKey(c *cli.Context, o partnerKeyOptions) error {
	switch {
	case o.request.Name == "":
		return &usageError{text: "no --name", hint: "the key needs a name"}
	case c.IsSet("reference") && o.reference == "":
		return &usageError{
			text: "--reference is empty", hint: "an empty one wouldn't prevent a second key",
		}
	case c.IsSet("secret-file") && (o.secretFile == "" || o.secretFile == "-"):
		return &usageError{
			text: "--secret-file is not a file: " + quoted(o.secretFile),
			hint: "without it the secret is written to standard output",
		}
	}
	return nil
}

func partnerKeyCreateRun(ctx context.Context, a *app, o partnerKeyOptions) (int, error) {
	api, err := a.api(o.api)
	if err != nil {
		return exitUsage, err
	}
	opts := licensingOptions{api: o.api, ledger: o.ledger}
	return a.withLicensing(ctx, opts, func(service *licensing.Service) (int, error) {
		var file *secretFile
		if o.secretFile != "" {
			// Before the call, so that a file that can't be written doesn't cost a key.
			if file, err = newSecretFile(o.secretFile); err != nil {
				return exitUsage, err
			}
			defer file.close()
		}
		service.IgnoreOpen = o.ignoreOpen
		key, err := service.CreateKey(ctx, api, o.request, o.reference)
		if err != nil {
			known := record{"name": o.request.Name}
			known.add("reference", o.reference, o.reference != "")
			return a.reportFailure(ctx, err, known), nil
		}
		return a.reportKey(ctx, key, o, file)
	})
}

// reportKey prints the key that was created and writes its secret to file, if it isn't nil. If that
// fails the secret is printed, because nobody else has it.
func (a *app) reportKey(
	ctx context.Context, key jetpack.PartnerKey, o partnerKeyOptions, file *secretFile,
) (int, error) {
	out := record{"name": key.Name, "client_id": key.ClientID}
	out.add("id", key.ID, key.ID != 0)
	out.add("allowed_personal_plans", strconv.Itoa(key.Personal), key.Personal >= 0)
	out.add("allowed_premium_plans", strconv.Itoa(key.Premium), key.Premium >= 0)
	out.add("allowed_professional_plans", strconv.Itoa(key.Professional), key.Professional >= 0)
	out.add("notes", key.Notes, key.Notes != "")
	out.add("reference", o.reference, o.reference != "")
	out.add("request_id", key.RequestID, key.RequestID != "")
	if key.ClientID == "" {
		a.warn("the answer has no client ID of the key", "the partner portal shows it")
	}
	if file != nil {
		if err := file.write(key.ClientSecret.Reveal()); err != nil {
			out["client_secret"] = key.ClientSecret.Reveal()
			return a.reportFailure(ctx, &failure.Error{
				Code: codeSecretUnsaved, Err: err,
				Message: "the key was created, but its secret could not be written to the file, " +
					"so it is on standard output: " + err.Error(),
			}, out), nil
		}
		out["secret_file"] = o.secretFile
	} else {
		out["client_secret"] = key.ClientSecret.Reveal()
	}
	out["success"], out["outcome"] = true, "created"
	return exitOK, a.printJSON(out)
}

func partnerKeyVerifyCommand(a *app) *cli.Command {
	return &cli.Command{
		Name: "verify", Usage: "check the partner's credentials",
		Flags: slices.Concat(apiFlags(), outputFlags()),
		Action: a.action(func(c *cli.Context) (int, error) {
			o, err := partnerValues(c, a)
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
		return a.reportFailure(ctx, err, record{"partner_id": o.creds.id}), nil
	}
	return exitOK, a.printJSON(record{
		"success": true, "outcome": "verified", "partner_id": o.creds.id,
	})
}
