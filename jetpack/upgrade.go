package jetpack

import (
	"context"
	"net/http"

	"github.com/tidwall/gjson"
)

// UpgradePaths lists the plans and products that may be provisioned for a site now
// (upgrade-paths.md). One of them may be provisioned, not all: after that the list changes.
type UpgradePaths struct {
	Families  []Family // in the answer's order; empty if nothing may be provisioned
	Raw       []byte   // the answer, without access tokens
	RequestID string   // X-Jetpack-Request-Id
}

// Family is a product family, with those of its slugs that may be provisioned.
type Family struct {
	Name  string
	Slugs []string
}

// UpgradePaths returns what may be provisioned for a site, which is anything that SiteIdentifier
// accepts. The call is repeated if no good answer comes. Errors are *Error.
func (c *Client) UpgradePaths(ctx context.Context, site string) (UpgradePaths, error) {
	id, err := SiteIdentifier(site)
	if err != nil {
		return UpgradePaths{}, refusal("upgrade-paths", err.Error(), err)
	}
	return do(ctx, c, &call{
		name: "upgrade-paths", method: http.MethodGet,
		path: "/rest/v1.3/jpphp/" + id + "/upgrade-paths",
	}, readUpgradePaths)
}

// readUpgradePaths skips members that aren't lists: they aren't families.
func readUpgradePaths(p reply) (UpgradePaths, error) {
	root, err := p.checkList()
	if err != nil {
		return UpgradePaths{}, err
	}
	if root.IsArray() { // PHP's empty object
		if len(root.Array()) > 0 {
			return UpgradePaths{}, p.errorf(CodeInvalidAnswer, "a list instead of families")
		}
		return UpgradePaths{Raw: p.body, RequestID: p.requestID}, nil
	}
	u := UpgradePaths{Raw: WithoutAccessToken(p.body), RequestID: p.requestID}
	ok := true
	root.ForEach(func(name, v gjson.Result) bool {
		if !v.IsArray() && !v.IsObject() {
			return true
		}
		f := Family{Name: name.Str}
		f.Slugs, ok = each(v, func(slug gjson.Result) (string, bool) {
			return slug.Str, slug.Type == gjson.String && slug.Str != ""
		})
		u.Families = append(u.Families, f)
		return ok
	})
	if !ok {
		return UpgradePaths{}, p.errorf(CodeInvalidAnswer, "a family holds what isn't a slug")
	}
	return u, nil
}
