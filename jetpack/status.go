package jetpack

import (
	"context"
	"net/http"
	"strings"

	"github.com/tidwall/gjson"
)

// Status is what WordPress.com knows about a site (determining-provisioning-status-v1.4.md).
type Status struct {
	Connected             bool  // the site is connected to WordPress.com
	HasBackupsCredentials *bool // SSH or FTP credentials for backups are set; nil if unknown
	Products              []ProductStatus
	Raw                   []byte // the answer, without access tokens
	RequestID             string // X-Jetpack-Request-Id
}

// ProductStatus is one plan or product of a site.
type ProductStatus struct {
	Slug             string
	ByPartner        bool // provisioned by a partner
	ByCallingPartner bool // provisioned by the partner that asks
	Pending          bool // waits until the connection is approved
}

// Find returns the product that is the plan, and reports whether there is one. A product of the
// calling partner comes before another partner's, and one that is provisioned before a pending one.
func (s Status) Find(plan string) (best ProductStatus, found bool) {
	rank := func(p ProductStatus) (n int) {
		if p.ByCallingPartner {
			n += 2
		}
		if !p.Pending {
			n++
		}
		return n
	}
	for _, p := range s.Products {
		if IsPlan(p.Slug, plan) && (!found || rank(p) > rank(best)) {
			best, found = p, true
		}
	}
	return best, found
}

// IsPlan reports whether slug, from an answer, is the plan that a request calls plan. Answers may
// write the slug with "jetpack-" or "jetpack_" before it.
func IsPlan(slug, plan string) bool {
	return slug == plan || slug == "jetpack-"+plan || slug == "jetpack_"+plan
}

// Status returns what is provisioned for a site, which is anything that SiteIdentifier accepts. It
// doesn't work for sites provisioned with a test key. It is repeated if no good answer comes.
// Errors are *Error.
func (c *Client) Status(ctx context.Context, site string) (Status, error) {
	id, err := SiteIdentifier(site)
	if err != nil {
		return Status{}, refusal("status", err.Error(), err)
	}
	return do(ctx, c, &call{
		name: "status", method: http.MethodGet, path: "/rest/v1.4/jpphp/" + id + "/status",
	}, readStatus)
}

// readStatus accepts an object and a list for both members. PHP writes an empty object as [] and a
// list with gaps as an object, and the published page itself calls blog an array.
func readStatus(p reply) (Status, error) {
	root, err := p.check()
	if err != nil {
		return Status{}, err
	}
	s := Status{Raw: WithoutAccessToken(p.body), RequestID: p.requestID}
	blog := root.Get("blog")
	if blog.IsArray() && strings.Trim(blog.Raw, "[] \t\r\n") != "" {
		blog = blog.Get("0")
	}
	switch {
	case blog.IsArray(): // empty: WordPress.com has no such blog
	case !blog.IsObject():
		return Status{}, p.errorf(CodeInvalidAnswer, "blog isn't an object")
	default:
		connected, ok := boolean(blog.Get("is_connected"))
		if !ok {
			return Status{}, p.errorf(CodeInvalidAnswer, "is_connected is neither true nor false")
		}
		s.Connected = connected
		if has, ok := boolean(blog.Get("has_backups_credentials")); ok {
			s.HasBackupsCredentials = &has
		}
	}
	products := root.Get("products")
	if !products.IsArray() && !products.IsObject() {
		return Status{}, p.errorf(CodeInvalidAnswer, "products isn't a list")
	}
	var ok bool
	if s.Products, ok = each(products, readProduct); !ok {
		return Status{}, p.errorf(
			CodeInvalidAnswer, "a product without a slug, or with members of wrong types",
		)
	}
	return s, nil
}

// readProduct reads one product. A missing truth value is false; one of another type makes the
// answer invalid.
func readProduct(v gjson.Result) (p ProductStatus, ok bool) {
	slug := v.Get("slug")
	if !v.IsObject() || slug.Type != gjson.String || slug.Str == "" {
		return p, false
	}
	p.Slug = slug.Str
	for name, is := range map[string]*bool{
		"is_provisioned_by_partner":         &p.ByPartner,
		"is_provisioned_by_calling_partner": &p.ByCallingPartner,
		"is_pending":                        &p.Pending,
	} {
		member := v.Get(name)
		if *is, ok = boolean(member); !ok && member.Type != gjson.Null {
			return p, false
		}
	}
	return p, true
}
