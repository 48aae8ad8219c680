package licensing

import (
	"context"
	"fmt"
	"time"

	"jetpack-start/internal/ledger"
	"jetpack-start/jetpack"
)

// StatusAPI reads the status of a site. *jetpack.Client implements it.
type StatusAPI interface {
	Status(ctx context.Context, site string) (jetpack.Status, error)
}

// Reconciled is an entry that was open, and what Reconcile found out about it.
type Reconciled struct {
	Entry   ledger.Entry
	Settled bool   // whether Reconcile settled the entry
	Note    string // what the status shows, or what the operator has to do
}

// Reconcile goes through the open entries, oldest first, and settles the provisions, by the status
// of their sites. api may be nil if there are no credentials for it. The API can't be asked
// whether a license or a partner key was made; the operator looks in the partner portal and calls
// SettleLicense, SettleKey or SettleVoid. Entries younger than minAge are left alone, because the
// process that made them may still be running.
func (s *Service) Reconcile(
	ctx context.Context, api StatusAPI, minAge time.Duration,
) ([]Reconciled, error) {
	var all []Reconciled
	for entry, err := range s.Ledger.List(ctx, ledger.Filter{OpenOnly: true, Oldest: true}) {
		if err != nil {
			return all, err
		}
		r := Reconciled{Entry: entry}
		switch {
		case s.Now().Sub(entry.CreatedAt) < minAge:
			const format = "created less than %v ago; its process may still be running"
			r.Note = fmt.Sprintf(format, minAge)
		case entry.Kind == ledger.License:
			r.Note = "look in the partner portal, then pass --license-key=KEY or --void"
		case entry.Kind == ledger.PartnerKey:
			r.Note = "look in the partner portal, then pass --key-id=ID or --void"
		case api == nil:
			r.Note = "can't read the site's status without the partner's credentials"
		default:
			if err := s.reconcileProvision(ctx, api, &r); err != nil {
				return append(all, r), err
			}
		}
		all = append(all, r)
	}
	return all, nil
}

// reconcileProvision settles a provision by the status of its site. Its error is the ledger's; if
// the status can't be read, the entry stays open.
func (s *Service) reconcileProvision(ctx context.Context, api StatusAPI, r *Reconciled) error {
	id, err := jetpack.SiteIdentifier(r.Entry.Site)
	if err != nil {
		r.Note = err.Error()
		return nil
	}
	status, err := api.Status(ctx, id)
	if err != nil {
		r.Note = "can't read the status: " + err.Error()
		return nil
	}
	state, note := ledger.Failed, "the status doesn't show the plan"
	// Another partner's plan doesn't show that ours was made.
	if product, found := status.Find(r.Entry.Product); found && product.ByCallingPartner {
		state, note = ledger.Done, "the status shows the plan"
	}
	o := ledger.Outcome{RequestID: status.RequestID}
	if err := s.Ledger.Settle(ctx, r.Entry.ID, state, o, note); err != nil {
		return err
	}
	r.Settled, r.Note, r.Entry.State = true, note, state
	return nil
}
