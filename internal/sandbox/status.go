package sandbox

// status answers GET …/status (determining-provisioning-status-v1.4.md).
func (s *Server) status(x *exchange) (any, error) {
	if x.partner.Test {
		return nil, documented("invalid_blog", x.vars["site"])
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at, err := s.lookup(x.vars["site"])
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
	for _, a := range s.activationsOf(at.Key) {
		items = append(items, item{a.Plan, a.Partner != "", a.Partner == x.partner.ID, a.Pending})
	}
	return struct {
		Blog     blog   `json:"blog"`
		Products []item `json:"products"`
	}{blog{at.Connected, at.SSH || at.FTP}, items}, nil
}
