package sandbox

// status handles GET …/status (determining-provisioning-status-v1.4.md). A test key can't ask for
// the status of any site.
func (s *Server) status(x *exchange) (any, error) {
	if x.partner.Test {
		return nil, documentedError("invalid_blog", x.vars["site"])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	target, err := s.lookUpSite(x.vars["site"])
	if err != nil {
		return nil, err
	}
	type blog struct {
		Connected   bool `json:"is_connected"`
		Credentials bool `json:"has_backups_credentials"`
	}
	type item struct {
		Slug      string `json:"slug"`
		ByPartner bool   `json:"is_provisioned_by_partner"`
		ByCaller  bool   `json:"is_provisioned_by_calling_partner"`
		Pending   bool   `json:"is_pending"`
	}
	items := []item{}
	for _, a := range s.activationsOf(target.Key) {
		items = append(items, item{a.Plan, a.Partner != "", a.Partner == x.partner.ID, a.Pending})
	}
	return struct {
		Blog     blog   `json:"blog"`
		Products []item `json:"products"`
	}{blog{target.Connected, target.SSH || target.FTP}, items}, nil
}
