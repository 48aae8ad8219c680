package licensing

import (
	"context"
	"fmt"
	"time"

	"jetpack-start/internal/failure"
	"jetpack-start/internal/ledger"
)

// openFor is how long an open entry without a reference stops another call like it. After a day
// nobody runs the same command again because its answer was lost.
const openFor = 24 * time.Hour

// checkOpen returns an error, with the entry that is the reason, if the intent has no reference
// and a call like it, also without one, may have succeeded less than openFor ago. Without a
// reference the ledger can't tell a repeated command from a new order, so the caller must say
// which it is: see Service.IgnoreOpen.
func (s *Service) checkOpen(ctx context.Context, i ledger.Intent) (ledger.Entry, error) {
	if i.Reference != "" || s.IgnoreOpen {
		return ledger.Entry{}, nil
	}
	filter := ledger.Filter{Kind: i.Kind, Product: i.Product, OpenOnly: true}
	for e, err := range s.Ledger.List(ctx, filter) {
		switch {
		case err != nil:
			return e, errNotRecorded(err)
		case e.Reference != "" || s.Now().Sub(e.CreatedAt) >= openFor:
			continue
		}
		return e, &failure.Error{
			Code: failure.OutcomeUnknown, EntryID: e.ID,
			Message: fmt.Sprintf("it is unknown whether an earlier call for a %s, %s, succeeded "+
				"(entry %d, %s, %s): nothing was sent", noun(i.Kind), i.Product, e.ID, e.State,
				e.CreatedAt.UTC().Format(time.RFC3339)),
			Hint: fmt.Sprintf("settle it with jetpack-start license reconcile %d, "+
				"or pass --yes if this is another order", e.ID),
		}
	}
	return ledger.Entry{}, nil
}

// noun returns what a call of a kind makes.
func noun(kind ledger.Kind) string {
	if kind == ledger.PartnerKey {
		return "partner key"
	}
	return "license"
}
