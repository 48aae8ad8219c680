package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"jetpack-start/jetpack"
)

// Identity returns the blog ID that the site was last remembered with. Errors: ErrNotFound,
// ErrInvalid, ErrBusy, the context's.
func (l *Ledger) Identity(ctx context.Context, siteURL string) (blogID int64, err error) {
	if err := checkText("site", siteURL); err != nil {
		return 0, err
	}
	const query = `SELECT blog_id FROM jetpack_start_sites WHERE site_key = ?`
	err = l.read(ctx, func(q queryer) error {
		err := q.QueryRowContext(ctx, query, jetpack.SiteKey(siteURL)).Scan(&blogID)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("site %s: %w", siteURL, ErrNotFound)
		}
		return err
	})
	return blogID, err
}

// SiteOf returns the URL that the blog ID was last remembered with. Errors: ErrNotFound, ErrBusy,
// the context's.
func (l *Ledger) SiteOf(ctx context.Context, blogID int64) (siteURL string, err error) {
	const query = `SELECT url FROM jetpack_start_sites WHERE blog_id = ?`
	err = l.read(ctx, func(q queryer) error {
		err := q.QueryRowContext(ctx, query, blogID).Scan(&siteURL)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("blog ID %d: %w", blogID, ErrNotFound)
		}
		return err
	})
	return siteURL, err
}

// CheckIdentity returns ErrIdentity if the ledger has the URL with another blog ID, or the blog ID
// with another URL: the site is a clone, or was moved. The error's text has the given pair and
// those in the ledger. Other errors: ErrInvalid, ErrBusy, the context's.
func (l *Ledger) CheckIdentity(ctx context.Context, siteURL string, blogID int64) error {
	key, err := checkSite(siteURL, blogID)
	if err != nil {
		return err
	}
	return l.read(ctx, func(q queryer) error {
		others, err := otherIdentities(ctx, q, key, blogID)
		if err != nil || len(others) == 0 {
			return err
		}
		return fmt.Errorf("%w: %s came with blog ID %d, but the ledger has %s",
			ErrIdentity, siteURL, blogID, strings.Join(others, " and "))
	})
}

// otherIdentities returns the identities that have either the key or the blog ID, but not both, as
// texts for a message.
func otherIdentities(ctx context.Context, q queryer, key string, blogID int64) ([]string, error) {
	rows, err := q.QueryContext(ctx, `SELECT url, blog_id FROM jetpack_start_sites
		WHERE (site_key = ? OR blog_id = ?) AND NOT (site_key = ? AND blog_id = ?)
		ORDER BY site_key`, key, blogID, key, blogID)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var others []string
	for rows.Next() {
		var url string
		var id int64
		if err := rows.Scan(&url, &id); err != nil {
			return nil, err
		}
		others = append(others, fmt.Sprintf("%s with blog ID %d", url, id))
	}
	return others, rows.Err()
}

// RememberIdentity records that the site has the blog ID. It replaces whatever the ledger had for
// either of them. See Done. Errors: ErrInvalid, ErrBusy.
func (l *Ledger) RememberIdentity(ctx context.Context, siteURL string, blogID int64) error {
	key, err := checkSite(siteURL, blogID)
	if err != nil {
		return err
	}
	return l.record(ctx, func(ctx context.Context, tx queryer) error {
		_, err := tx.ExecContext(ctx,
			`DELETE FROM jetpack_start_sites WHERE site_key = ? OR blog_id = ?`, key, blogID)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO jetpack_start_sites
			(site_key, url, blog_id, updated_at) VALUES (?, ?, ?, ?)`,
			key, siteURL, blogID, l.now().UnixMicro())
		if l.store.duplicate(err) {
			return errRaceLost
		}
		return err
	})
}

// checkSite returns the site's key, or ErrInvalid if the URL or the blog ID can't be stored.
func checkSite(siteURL string, blogID int64) (key string, err error) {
	key = jetpack.SiteKey(siteURL)
	switch {
	case key == "":
		return "", fmt.Errorf("ledger: %w site: the URL has no host", ErrInvalid)
	case blogID <= 0:
		return "", fmt.Errorf("ledger: %w blog ID %d", ErrInvalid, blogID)
	}
	return key, checkText("site", siteURL)
}
