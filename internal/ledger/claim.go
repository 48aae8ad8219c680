package ledger

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"time"
)

// claim is what the database keeps unique. NUL separates because no text holds one.
func (i Intent) claim() sql.NullString {
	if i.Reference == "" {
		return sql.NullString{}
	}
	sum := sha256.Sum256([]byte(string(i.Kind) + "\x00" + i.Product + "\x00" + i.Reference))
	return sql.NullString{String: hex.EncodeToString(sum[:]), Valid: true}
}

// Begin writes down that a call is about to be made. The entry is on disk when it returns; only
// then may the call be made.
//
// Errors: ErrClaimed, with the entry that holds the claim; ErrInvalid; ErrBusy; ErrUnsure when the
// database went away in the middle, so that an entry that nothing was asked for may turn up; the
// context's. After an error don't make the call.
func (l *Ledger) Begin(ctx context.Context, i Intent) (Entry, error) {
	if err := i.check(); err != nil {
		return Entry{}, err
	}
	token := rand.Text() // tells this entry from all others when the answer to the COMMIT is lost
	var e Entry
	var held bool
	err := l.write(ctx, func(ctx context.Context, tx queryer) (err error) {
		e, held, err = l.insert(ctx, tx, i, token)
		return err
	})
	switch {
	case err == nil && held:
		return e, fmt.Errorf("ledger: %w: entry %d (%s) holds reference %q of %s %s",
			ErrClaimed, e.ID, e.State, i.Reference, i.Kind, i.Product)
	case err == nil:
		return e, nil
	case errors.Is(err, ErrUnsure):
		return l.find(ctx, token, err)
	}
	return Entry{}, err
}

// insert writes an entry, or finds the one that is in its way.
func (l *Ledger) insert(
	ctx context.Context, tx queryer, i Intent, token string,
) (e Entry, held bool, err error) {
	now := l.now().UnixMicro()
	claim := i.claim()
	result, err := tx.ExecContext(ctx, `INSERT INTO jetpack_start_entries
		(kind, product, reference, site, site_key, state, claim, token, detail, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?)`,
		i.Kind, i.Product, i.Reference, i.Site, siteKey(i.Site), Intended, claim, token, now, now)
	switch {
	case err == nil:
		at := time.UnixMicro(now).UTC()
		e = Entry{Intent: i, State: Intended, CreatedAt: at, UpdatedAt: at}
		e.ID, err = result.LastInsertId()
		return e, false, err
	case !l.store.duplicate(err):
		return Entry{}, false, err
	}
	e, err = get(ctx, tx, `claim = ?`, claim)
	if errors.Is(err, ErrNotFound) {
		err = errAgain // the claim was given up in between
	}
	return e, true, err
}

// find looks whether an entry was written although the connection broke. The user's Ctrl-C may be
// what broke it, so it doesn't end the looking.
func (l *Ledger) find(ctx context.Context, token string, cause error) (e Entry, err error) {
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), l.busyFor)
	defer stop()
	again := func(err error) bool { return l.store.busy(err) || l.store.lost(err) }
	err = l.patiently(ctx, again, func() (err error) {
		// It is among the newest, so from there: a token has no index.
		e, err = get(ctx, l.store.reader(), `token = ? ORDER BY id DESC LIMIT 1`, token)
		return err
	})
	if err != nil {
		return Entry{}, fmt.Errorf("%w; no entry was found afterwards", cause)
	}
	return e, nil
}
