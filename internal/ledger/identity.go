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

// Identity is a site as it says of itself: its URL and blog ID, and the docroot that it is in.
type Identity struct {
	SiteURL string
	BlogID  int64 // 0 if it isn't known
	Docroot Docroot
}

// CheckIdentity returns ErrIdentity if the ledger has the URL with another blog ID, or the blog ID
// with another URL: the site is a clone, or was moved. It also does if the URL belongs to the
// docroot of another owner on the same machine: the site may pretend to be another. The blog ID
// needs no such check, because it belongs to one URL.
//
// The error's text has the given identity and those in the ledger. A URL that can't be in the
// ledger is another one than that of the blog ID. Other errors: ErrInvalid if neither URL nor blog
// ID are valid, ErrBusy, the context's.
func (l *Ledger) CheckIdentity(ctx context.Context, i Identity) error {
	key, err := checkSiteURL(i.SiteURL)
	if err != nil && i.BlogID <= 0 {
		return err
	}
	return l.read(ctx, func(q queryer) error {
		others, err := otherIdentities(ctx, q, key, i.BlogID)
		if err != nil {
			return err
		}
		if len(others) > 0 {
			return fmt.Errorf("%w: %s came with blog ID %d, but the ledger has %s",
				ErrIdentity, i.SiteURL, i.BlogID, strings.Join(others, " and "))
		}
		return checkDocroot(ctx, q, key, i)
	})
}

// otherIdentities returns the identities that have either the key or the blog ID, but not both, as
// texts for a message; none if the blog ID isn't known.
func otherIdentities(ctx context.Context, q queryer, key string, blogID int64) ([]string, error) {
	if blogID <= 0 {
		return nil, nil
	}
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

// checkDocroot returns ErrIdentity if the key belongs to the docroot of another owner on the same
// machine.
func checkDocroot(ctx context.Context, q queryer, key string, i Identity) error {
	if !i.Docroot.known() {
		return nil
	}
	holder := Docroot{Machine: i.Docroot.Machine}
	const query = `SELECT path, owner FROM jetpack_start_docroots
		WHERE machine = ? AND site_key = ?`
	err := q.QueryRowContext(ctx, query, holder.Machine, key).Scan(&holder.Path, &holder.Owner)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	if err == nil && holder.excludes(i.Docroot) {
		return fmt.Errorf("%w: %s is the site in %s, and this one is in %s",
			ErrIdentity, i.SiteURL, holder, i.Docroot)
	}
	return err
}

// RememberIdentity records the site's blog ID and docroot, as far as they are known, and replaces
// those that it had. Unless force is set, it returns ErrIdentity if the blog ID is that of another
// URL, or the URL that of another owner's docroot. See Done. Other errors: ErrInvalid, ErrBusy.
func (l *Ledger) RememberIdentity(ctx context.Context, i Identity, force bool) error {
	key, err := checkSiteURL(i.SiteURL)
	if err == nil {
		err = checkText("machine", i.Docroot.Machine)
	}
	if err == nil && i.BlogID < 0 {
		err = fmt.Errorf("ledger: %w blog ID %d", ErrInvalid, i.BlogID)
	}
	if err != nil {
		return err
	}
	return l.record(ctx, func(ctx context.Context, tx queryer) error {
		if !force {
			if err := checkHolder(ctx, tx, key, i); err != nil {
				return err
			}
		}
		err := replaceBlogID(ctx, tx, key, i, l.now().UnixMicro())
		if err == nil {
			err = replaceDocroot(ctx, tx, key, i.Docroot, l.now().UnixMicro())
		}
		if l.store.duplicate(err) {
			return errRaceLost
		}
		return err
	})
}

// checkHolder returns ErrIdentity if the blog ID is that of another URL, or the URL that of another
// owner's docroot.
func checkHolder(ctx context.Context, q queryer, key string, i Identity) error {
	var url string
	const query = `SELECT url FROM jetpack_start_sites WHERE blog_id = ? AND site_key <> ?`
	err := q.QueryRowContext(ctx, query, i.BlogID, key).Scan(&url)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return checkDocroot(ctx, q, key, i)
	case err != nil:
		return err
	}
	return fmt.Errorf("%w: the site has blog ID %d now, which the ledger has for %s",
		ErrIdentity, i.BlogID, url)
}

func replaceBlogID(ctx context.Context, q queryer, key string, i Identity, now int64) error {
	if i.BlogID == 0 {
		return nil
	}
	_, err := q.ExecContext(ctx,
		`DELETE FROM jetpack_start_sites WHERE site_key = ? OR blog_id = ?`, key, i.BlogID)
	if err != nil {
		return err
	}
	_, err = q.ExecContext(ctx, `INSERT INTO jetpack_start_sites
		(site_key, url, blog_id, updated_at) VALUES (?, ?, ?, ?)`, key, i.SiteURL, i.BlogID, now)
	return err
}

func replaceDocroot(ctx context.Context, q queryer, key string, d Docroot, now int64) error {
	if !d.known() {
		return nil
	}
	_, err := q.ExecContext(ctx,
		`DELETE FROM jetpack_start_docroots WHERE machine = ? AND site_key = ?`, d.Machine, key)
	if err != nil {
		return err
	}
	valid := func(s string) string { // a path may have any bytes
		return strings.ReplaceAll(strings.ToValidUTF8(s, "?"), "\x00", "?")
	}
	_, err = q.ExecContext(ctx, `INSERT INTO jetpack_start_docroots
		(machine, site_key, path, owner, updated_at) VALUES (?, ?, ?, ?, ?)`,
		d.Machine, key, valid(d.Path), valid(d.Owner), now)
	return err
}

// checkSiteURL returns the site's key, or ErrInvalid if the URL can't be stored.
func checkSiteURL(siteURL string) (key string, err error) {
	key = jetpack.SiteKey(siteURL)
	if key == "" {
		return "", fmt.Errorf("ledger: %w site: the URL has no host", ErrInvalid)
	}
	if err := checkText("site", siteURL); err != nil {
		return "", err
	}
	return key, nil
}
