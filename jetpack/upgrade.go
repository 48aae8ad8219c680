package jetpack

import (
	"context"
	"net/http"

	"github.com/tidwall/gjson"
)

// UpgradePaths are the plans and products that may be provisioned for a site now
// (upgrade-paths.md). It is one of them, not all: what is provisioned changes the rest.
type UpgradePaths struct {
	Families  []Family // in the answer's order; empty when nothing may be provisioned
	Raw       []byte   // the answer as it came, without access tokens
	RequestID string   // X-Jetpack-Request-Id
}

// Family is a product family with the slugs of it that may be provisioned.
type Family struct {
	Name  string
	Slugs []string
}

// UpgradePaths asks what may be provisioned for a site. site is what SiteIdentifier takes. It is
// repeated when no good answer comes. Errors are *Error.
func (c *Client) UpgradePaths(ctx context.Context, site string) (UpgradePaths, error) {
	id, err := SiteIdentifier(site)
	if err != nil {
		return UpgradePaths{}, refusal("upgrade-paths", err.Error(), err)
	}
	var u UpgradePaths
	if e := c.do(ctx, &call{
		name: "upgrade-paths", method: http.MethodGet, path: "/rest/v1.3/jpphp/" + id + "/upgrade-paths",
		read: func(p reply) (e *Error) {
			u, e = readUpgradePaths(p)
			return e
		},
	}); e != nil {
		return UpgradePaths{}, e
	}
	return u, nil
}

// readUpgradePaths reads an answer. Members that aren't lists are no families and are passed over.
func readUpgradePaths(p reply) (UpgradePaths, *Error) {
	root, e := p.checkList()
	if e != nil {
		return UpgradePaths{}, e
	}
	u := UpgradePaths{Raw: WithoutAccessToken(p.body), RequestID: p.requestID}
	if root.IsArray() {
		if len(root.Array()) > 0 {
			return UpgradePaths{}, p.errorf(
				CodeInvalidAnswer, "the answer is a list without families",
			)
		}
		u.Raw = p.body
		return u, nil
	}
	good := true
	root.ForEach(func(name, v gjson.Result) bool {
		if !v.IsArray() && !v.IsObject() {
			return true
		}
		f := Family{Name: name.Str}
		f.Slugs, good = each(v, func(slug gjson.Result) (string, bool) {
			return slug.Str, slug.Type == gjson.String && slug.Str != ""
		})
		u.Families = append(u.Families, f)
		return good
	})
	if !good {
		return UpgradePaths{}, p.errorf(CodeInvalidAnswer, "a family holds what isn't a slug")
	}
	return u, nil
}
