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

	"jetpack-start/jetpack"
)

// claim returns the value that the database keeps unique, or NULL if the intent has no reference.
// NUL can separate the parts because checkText rejects it.
func (i Intent) claim() sql.NullString {
	if i.Reference == "" {
		return sql.NullString{}
	}
	sum := sha256.Sum256([]byte(string(i.Kind) + "\x00" + i.Product + "\x00" + i.Reference))
	return sql.NullString{String: hex.EncodeToString(sum[:]), Valid: true}
}

// Begin records that a call is about to be made. When Begin returns without an error, the entry is
// on disk, and only then may the call be made.
//
// Errors: ErrClaimed, together with the entry that holds the claim; ErrInvalid; ErrBusy; ErrUnsure
// if the connection was lost during COMMIT, so that an intended entry may turn up although no call
// was made; the context's.
func (l *Ledger) Begin(ctx context.Context, i Intent) (Entry, error) {
	if err := i.check(); err != nil {
		return Entry{}, err
	}
	token := rand.Text() // identifies this entry if the answer to the COMMIT is lost
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
		return l.findByToken(ctx, token, err)
	}
	return Entry{}, err
}

// insert adds an intended entry. If another entry holds the claim, insert returns that one, and
// true.
func (l *Ledger) insert(
	ctx context.Context, tx queryer, i Intent, token string,
) (e Entry, held bool, err error) {
	now := l.now().UnixMicro()
	claim := i.claim()
	result, err := tx.ExecContext(ctx, `INSERT INTO jetpack_start_entries
		(kind, product, reference, site, site_key, state, claim, token, detail,
		created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, '', ?, ?)`,
		i.Kind, i.Product, i.Reference, i.Site, jetpack.SiteKey(i.Site), Intended, claim, token,
		now, now)
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
		err = errRaceLost // the claim was released since the INSERT
	}
	return e, true, err
}

// findByToken looks for an entry whose COMMIT got no answer, and returns cause if there is none.
// It goes on after ctx is done, because the Ctrl-C that ended ctx may also have broken the
// connection.
func (l *Ledger) findByToken(
	ctx context.Context, token string, cause error,
) (e Entry, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), l.busyFor)
	defer cancel()
	err = l.retry(ctx, l.busyOrLost, func() (err error) {
		// Tokens have no index, but the entry is one of the newest.
		e, err = get(ctx, l.store.reader(), `token = ? ORDER BY id DESC LIMIT 1`, token)
		return err
	})
	if err != nil {
		return Entry{}, fmt.Errorf("%w; no entry was found afterwards", cause)
	}
	return e, nil
}
