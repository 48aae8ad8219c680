package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// siteKey is what the URLs of one site have in common: the scheme, the host's case, its default
// port and slashes at the end don't make another site; the path's case does. It is never longer
// than the URL, so it fits where that does.
func siteKey(site string) string {
	_, rest, ok := strings.Cut(site, "://")
	if !ok {
		rest = site
	}
	host, path, _ := strings.Cut(rest, "/")
	host = strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}, host)
	host = strings.TrimSuffix(strings.TrimSuffix(host, ":80"), ":443")
	return strings.TrimRight(host+"/"+path, "/")
}

// Identity gives the blog ID that the site was last remembered with. Errors: ErrNotFound,
// ErrInvalid, ErrBusy, the context's.
func (l *Ledger) Identity(ctx context.Context, siteURL string) (blogID int64, err error) {
	if err := checkText("site", siteURL); err != nil {
		return 0, err
	}
	err = l.read(ctx, func(q queryer) error {
		err := q.QueryRowContext(ctx, `SELECT blog_id FROM jetpack_start_sites WHERE site_key = ?`, siteKey(siteURL)).
			Scan(&blogID)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("site %s: %w", siteURL, ErrNotFound)
		}
		return err
	})
	return blogID, err
}

// CheckIdentity gives ErrIdentity when the URL is known with another blog ID, or the blog ID with
// another URL: the site is a clone, or was moved. Its text has the pair that came and those that
// are known. Errors besides: ErrInvalid, ErrBusy, the context's.
func (l *Ledger) CheckIdentity(ctx context.Context, siteURL string, blogID int64) error {
	key, err := checkSite(siteURL, blogID)
	if err != nil {
		return err
	}
	return l.read(ctx, func(q queryer) error {
		rows, err := q.QueryContext(ctx, `SELECT url, blog_id FROM jetpack_start_sites
			WHERE (site_key = ? OR blog_id = ?) AND NOT (site_key = ? AND blog_id = ?) ORDER BY site_key`, key, blogID, key, blogID)
		if err != nil {
			return err
		}
		defer rows.Close()
		var known []string
		for rows.Next() {
			var url string
			var id int64
			if err := rows.Scan(&url, &id); err != nil {
				return err
			}
			known = append(known, fmt.Sprintf("%s with blog ID %d", url, id))
		}
		if err := rows.Err(); err != nil || len(known) == 0 {
			return err
		}
		return fmt.Errorf(
			"%w: %s came with blog ID %d, known is %s", ErrIdentity, siteURL, blogID,
			strings.Join(known, " and "),
		)
	})
}

// RememberIdentity writes down that the site has the blog ID. What was known of either of them is
// forgotten. See Done. Errors: ErrInvalid, ErrBusy.
func (l *Ledger) RememberIdentity(ctx context.Context, siteURL string, blogID int64) error {
	key, err := checkSite(siteURL, blogID)
	if err != nil {
		return err
	}
	return l.record(ctx, func(ctx context.Context, tx queryer) error {
		_, err := tx.ExecContext(
			ctx, `DELETE FROM jetpack_start_sites WHERE site_key = ? OR blog_id = ?`, key, blogID,
		)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(
			ctx,
			`INSERT INTO jetpack_start_sites (site_key, url, blog_id, updated_at) VALUES (?, ?, ?, ?)`,
			key, siteURL, blogID, l.now().UnixMicro(),
		)
		if l.store.duplicate(err) {
			return errAgain
		}
		return err
	})
}

func checkSite(siteURL string, blogID int64) (key string, err error) {
	key = siteKey(siteURL)
	switch {
	case key == "":
		return "", fmt.Errorf("ledger: %w site: it has no URL", ErrInvalid)
	case blogID <= 0:
		return "", fmt.Errorf("ledger: %w blog ID %d", ErrInvalid, blogID)
	}
	return key, checkText("site", siteURL)
}
