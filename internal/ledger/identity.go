package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"jetpack-start/jetpack"
)

// Identity is a site as it says of itself: its URL and blog ID, and the docroot that it is in.
type Identity struct {
	SiteURL string
	BlogID  int64 // 0 if it isn't known
	Docroot Docroot
	// Confirmed means that WordPress.com or the operator says so too that the site at the URL has
	// the blog ID.
	Confirmed bool
}

// Known is what the ledger has of an identity.
type Known struct {
	Confirmed bool // the URL has this blog ID, and that is confirmed
	Docroot   bool // the URL is in a docroot of this owner on this machine
	// Rivals names, for a message, the unconfirmed identities that have the URL or the blog ID but
	// not both; "" if no other identity has either.
	Rivals string
}

// Identity returns the blog ID that the site was last remembered with, and whether that is
// confirmed. Its docroot isn't set. Errors: ErrNotFound, ErrInvalid, ErrBusy, the context's.
func (l *Ledger) Identity(ctx context.Context, siteURL string) (Identity, error) {
	i := Identity{SiteURL: siteURL}
	if err := checkText("site", siteURL); err != nil {
		return i, err
	}
	const query = `SELECT blog_id, confirmed FROM jetpack_start_sites WHERE site_key = ?`
	err := l.read(ctx, func(q queryer) error {
		err := q.QueryRowContext(ctx, query, jetpack.SiteKey(siteURL)).
			Scan(&i.BlogID, &i.Confirmed)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("site %s: %w", siteURL, ErrNotFound)
		}
		return err
	})
	return i, err
}

// CheckIdentity compares an identity with the ledger. It returns ErrIdentity if the ledger has a
// confirmed pair of the URL with another blog ID, or of the blog ID with another URL: the site is a
// clone, or was moved. A pair that nobody confirmed doesn't count, because a site can say any blog
// ID; it is one of the rivals. CheckIdentity also returns ErrIdentity if the URL belongs to the
// docroot of another owner on the same machine: the site may pretend to be another. The blog ID
// needs no such check, because it belongs to one URL.
//
// The error's text has the given identity and those in the ledger. A URL that can't be in the
// ledger is another one than that of the blog ID. Other errors: ErrInvalid if neither URL nor blog
// ID are valid, ErrBusy, the context's.
func (l *Ledger) CheckIdentity(ctx context.Context, i Identity) (known Known, err error) {
	key, err := checkSiteURL(i.SiteURL)
	if err != nil && i.BlogID <= 0 {
		return Known{}, err
	}
	err = l.read(ctx, func(q queryer) error {
		known = Known{}
		if err := known.comparePairs(ctx, q, key, i); err != nil {
			return err
		}
		known.Docroot, err = checkDocroot(ctx, q, key, i)
		return err
	})
	if err != nil {
		return Known{}, err
	}
	return known, nil
}

// comparePairs enters into k what the ledger has with the key or the blog ID. It returns
// ErrIdentity if a confirmed pair has one of them, but not both. If the blog ID isn't known, it
// does nothing.
func (k *Known) comparePairs(ctx context.Context, q queryer, key string, i Identity) error {
	if i.BlogID <= 0 {
		return nil
	}
	rows, err := q.QueryContext(ctx, `SELECT site_key, url, blog_id, confirmed
		FROM jetpack_start_sites WHERE site_key = ? OR blog_id = ? ORDER BY site_key`, key, i.BlogID)
	if err != nil {
		return err
	}
	defer rows.Close()
	var confirmed, rivals []string
	for rows.Next() {
		var other Identity
		var otherKey string
		err := rows.Scan(&otherKey, &other.SiteURL, &other.BlogID, &other.Confirmed)
		if err != nil {
			return err
		}
		text := fmt.Sprintf("%s with blog ID %d", other.SiteURL, other.BlogID)
		switch {
		case otherKey == key && other.BlogID == i.BlogID:
			k.Confirmed = other.Confirmed
		case other.Confirmed:
			confirmed = append(confirmed, text)
		default:
			rivals = append(rivals, text)
		}
	}
	k.Rivals = strings.Join(rivals, " and ")
	if len(confirmed) > 0 {
		return fmt.Errorf("%w: %s came with blog ID %d, but the ledger has %s",
			ErrIdentity, i.SiteURL, i.BlogID, strings.Join(confirmed, " and "))
	}
	return rows.Err()
}

// checkDocroot reports whether the key belongs to a docroot of the same owner on the same machine.
// It returns ErrIdentity if it belongs to that of another.
func checkDocroot(
	ctx context.Context, q queryer, key string, i Identity,
) (known bool, err error) {
	if !i.Docroot.known() {
		return false, nil
	}
	holder := Docroot{Machine: i.Docroot.Machine}
	const query = `SELECT path, owner FROM jetpack_start_docroots
		WHERE machine = ? AND site_key = ?`
	err = q.QueryRowContext(ctx, query, holder.Machine, key).Scan(&holder.Path, &holder.Owner)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	if err == nil && holder.excludes(i.Docroot) {
		err = fmt.Errorf("%w: %s is the site in %s, and this one is in %s",
			ErrIdentity, i.SiteURL, holder, i.Docroot)
	}
	return err == nil && holder.Owner == i.Docroot.Owner, err
}

// RememberIdentity records the site's blog ID and docroot, as far as they are known, and replaces
// those that it had. Unless force is set, it returns ErrIdentity if the blog ID is confirmed to be
// that of another URL, or the URL is that of another owner's docroot; and it doesn't record an
// unconfirmed blog ID that another URL has. With force the pair counts as confirmed. See Done.
// Other errors: ErrInvalid, ErrBusy.
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
		pair := i
		if force {
			pair.Confirmed = true
		} else if err := checkHolder(ctx, tx, key, &pair); err != nil {
			return err
		}
		err := replaceBlogID(ctx, tx, key, pair, l.now().UnixMicro())
		if err == nil {
			err = replaceDocroot(ctx, tx, key, i.Docroot, l.now().UnixMicro())
		}
		if l.store.duplicate(err) {
			return errRaceLost
		}
		return err
	})
}

// checkHolder returns ErrIdentity if the blog ID is confirmed to be that of another URL, or the URL
// is that of another owner's docroot. It removes an unconfirmed blog ID that another URL has, and
// sets Confirmed if the pair was confirmed before.
func checkHolder(ctx context.Context, q queryer, key string, i *Identity) error {
	var other Identity
	var otherKey string
	const query = `SELECT site_key, url, confirmed FROM jetpack_start_sites WHERE blog_id = ?`
	err := q.QueryRowContext(ctx, query, i.BlogID).
		Scan(&otherKey, &other.SiteURL, &other.Confirmed)
	switch {
	case errors.Is(err, sql.ErrNoRows):
	case err != nil:
		return err
	case otherKey == key:
		i.Confirmed = i.Confirmed || other.Confirmed
	case other.Confirmed:
		return fmt.Errorf("%w: the site has blog ID %d now, which the ledger has for %s",
			ErrIdentity, i.BlogID, other.SiteURL)
	case !i.Confirmed:
		i.BlogID = 0
	}
	_, err = checkDocroot(ctx, q, key, *i)
	return err
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
		(site_key, url, blog_id, confirmed, updated_at) VALUES (?, ?, ?, ?, ?)`,
		key, i.SiteURL, i.BlogID, i.Confirmed, now)
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
