package whmcs

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"jetpack-start/internal/mysqldb"
	"jetpack-start/jetpack"
)

// Product is a product that a license can be issued for.
type Product struct {
	Slug        string `json:"slug"`
	Name        string `json:"name"`
	Description string `json:"description"`
}

// productList is the list of products as it is cached.
type productList struct {
	Products []Product `json:"products"`
	At       time.Time `json:"at"`
}

// name returns the name of a product, and "" if it isn't in the list.
func (p productList) name(slug string) string {
	for _, product := range p.Products {
		if product.Slug == slug {
			return product.Name
		}
	}
	return ""
}

// freshFor is how long a cached list of products is used without asking the API.
const freshFor = 5 * time.Minute

// cacheName is the name of the list of products in jetpack_start_cache.
const cacheName = "products"

// products lists the products that licenses can be issued for. It uses a cached list for freshFor,
// and an older one if the API doesn't answer. If the database can't be used, it asks the API.
func (j *job) products() error {
	j.reply.Outcome = Listed
	list, cacheErr := j.cachedProducts()
	age := j.cfg.Now().Sub(list.At)
	if cacheErr == nil && age >= 0 && age < freshFor {
		j.reply.Products, j.reply.Cached = list.Products, true
		return nil
	}
	fresh, err := j.fetchProducts()
	if err != nil {
		if cacheErr != nil {
			return err
		}
		j.reply.Products, j.reply.Cached, j.reply.Stale = list.Products, true, true
		j.warn("the list of Jetpack's products is from "+list.At.UTC().Format("2006-01-02 15:04")+
			" UTC, because a newer one could not be fetched: "+err.Error(), "")
		return nil
	}
	j.reply.Products = fresh.Products
	if err := j.store.saveCache(j.ctx, fresh); err != nil {
		j.warn("the list of Jetpack's products could not be cached: "+err.Error(), "")
	}
	return nil
}

func (j *job) fetchProducts() (productList, error) {
	api, err := j.cfg.NewAPI("") // the list needs no token
	if err != nil {
		return productList{}, err
	}
	families, err := api.ProductFamilies(j.ctx)
	if err != nil {
		return productList{}, err
	}
	list := productList{At: j.cfg.Now().UTC(), Products: []Product{}}
	for _, family := range families {
		for _, product := range family.Products {
			list.Products = append(list.Products, Product{
				Slug: product.Slug, Name: cmp.Or(product.Name, product.Slug),
				Description: cmp.Or(family.Description, strings.TrimSpace(family.Name)),
			})
		}
	}
	if len(list.Products) == 0 {
		return list, errors.New("the list of products is empty")
	}
	return list, nil
}

var errNoCache = errors.New("no list of products is cached")

// cachedProducts returns the cached list, however old it is, or errNoCache.
func (j *job) cachedProducts() (list productList, err error) {
	var text string
	err = j.store.query(j.ctx, func(q mysqldb.Queryer) error {
		const statement = `SELECT value FROM jetpack_start_cache WHERE name = ?`
		return q.QueryRowContext(j.ctx, statement, cacheName).Scan(&text)
	})
	if errors.Is(err, sql.ErrNoRows) ||
		err == nil && (json.Unmarshal([]byte(text), &list) != nil || len(list.Products) == 0) {
		err = errNoCache
	}
	return list, err
}

func (s *store) saveCache(ctx context.Context, list productList) error {
	text, err := json.Marshal(list)
	if err != nil {
		return err
	}
	return s.query(ctx, func(q mysqldb.Queryer) error {
		_, err := q.ExecContext(ctx, `INSERT INTO jetpack_start_cache (name, value, updated_at)
			VALUES (?, ?, ?)
			ON DUPLICATE KEY UPDATE value = VALUES(value), updated_at = VALUES(updated_at)`,
			cacheName, string(text), list.At)
		return err
	})
}

// createTable creates the tables, Jetpack's too.
func (j *job) createTable() error {
	j.reply.Outcome = Changed
	return errNothingSent(j.store.createTables(j.ctx))
}

var _ API = (*jetpack.Licensing)(nil)
