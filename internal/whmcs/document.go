package whmcs

import (
	"errors"
	"fmt"
	"strings"

	"github.com/tidwall/gjson"

	"jetpack-start/jetpack"
)

// Protocol is the version of the document that the PHP module sends. Parse rejects any other
// version, because the module and the binary are installed together.
const Protocol = 1

// MaxDocument is the maximum length of a document, in bytes.
const MaxDocument = 1 << 20

// Service is what WHMCS passes about a service, or about an addon of one (WHMCS's developer
// documentation, "Module Parameters").
type Service struct {
	Related   Related
	ServiceID int64 // tblhosting.id; for an addon, that of its service
	OrderID   int64 // 0 for all services without an order
	HasOrder  bool  // whether WHMCS passed the order
	ProductID int64 // what WHMCS passes as pid
	Quantity  int64 // 0 means 1
	Domain    string
	Status    string // such as "Active", "Pending" or "Suspended"

	Token         jetpack.Secret // configoption1: the licensing token
	Product       string         // configoption2: the slug
	AttachToSite  bool           // configoption4: attach the license to the site on Create
	SiteUser      string         // configoption5: who connects the site: ID, login or e-mail
	WhenSuspended string         // configoption6: "detach" detaches the license, "" does nothing

	// Property is the service property License Key. For Reconcile it is a key that the operator
	// found, or "none".
	Property jetpack.Secret
}

// Database is the database of WHMCS's tables, from configuration.php.
type Database struct {
	Host, Port, Socket, User, Name string
	Password                       jetpack.Secret
	TLSCA                          string // a PEM file
}

// Document is the input of a command.
type Document struct {
	Service    Service
	HasService bool // false for commands that aren't about a service
	Database   Database
}

// tokenPlaceholder is what Jetpack's module shows in the field of the token if there is none. It
// may have been saved.
const tokenPlaceholder = "Please Enter Your API Token"

// Parse parses a document. Its errors quote nothing of it, because it holds secrets.
func Parse(text []byte) (d Document, err error) {
	if len(text) > MaxDocument {
		return d, fmt.Errorf("the document is longer than %d bytes", MaxDocument)
	}
	if !gjson.ValidBytes(text) || !gjson.ParseBytes(text).IsObject() {
		return d, errors.New("the document is not a JSON object")
	}
	root := gjson.ParseBytes(text)
	if v := root.Get("protocol"); v.Int() != Protocol {
		return d, fmt.Errorf("the document has protocol %d, this binary has %d: "+
			"install the module and its binary together", v.Int(), Protocol)
	}
	db := root.Get("database")
	d.Database = Database{
		Host: scalar(db, "host"), Port: scalar(db, "port"), Socket: scalar(db, "socket"),
		User: scalar(db, "user"), Password: jetpack.Secret(db.Get("password").String()),
		Name: scalar(db, "name"), TLSCA: scalar(db, "tls_ca"),
	}
	p := root.Get("params")
	if !p.Exists() {
		return d, nil
	}
	d.HasService = true
	d.Service, err = parseService(p)
	return d, err
}

func parseService(p gjson.Result) (Service, error) {
	v := Service{
		Domain: scalar(p, "domain"), Status: scalar(p, "status"),
		Token: jetpack.Secret(scalar(p, "configoption1")), Product: scalar(p, "configoption2"),
		AttachToSite: enabled(p, "configoption4"), SiteUser: scalar(p, "configoption5"),
		WhenSuspended: scalar(p, "configoption6"),
		Property:      jetpack.Secret(scalar(p, "license_key")),
	}
	if v.Token == tokenPlaceholder {
		v.Token = ""
	}
	var addon int64
	for name, place := range map[string]*int64{
		"serviceid": &v.ServiceID, "addonId": &addon, "orderid": &v.OrderID,
		"pid": &v.ProductID, "qty": &v.Quantity,
	} {
		text := scalar(p, name)
		n := gjson.Parse(text)
		if text != "" && (n.Type != gjson.Number || n.Int() < 0 || fmt.Sprint(n.Int()) != text) {
			return v, fmt.Errorf("the parameter %s is not a whole number", name)
		}
		*place = n.Int()
	}
	v.HasOrder = scalar(p, "orderid") != ""
	if v.ServiceID == 0 && addon == 0 {
		return v, errors.New("the parameters name no service: serviceid is missing")
	}
	v.Related = relatedTo(v.ServiceID, addon)
	return v, nil
}

// scalar returns a string member without the space around it, or a number member as it is written.
// It returns "" for any other type.
func scalar(v gjson.Result, name string) string {
	m := v.Get(name)
	if m.Type == gjson.Number {
		return m.Raw
	}
	if m.Type == gjson.String {
		return strings.TrimSpace(m.String())
	}
	return ""
}

// enabled reads a "yesno" option: WHMCS passes "on", and Jetpack's addon module writes booleans.
func enabled(v gjson.Result, name string) bool {
	switch strings.ToLower(scalar(v, name)) {
	case "", "0", "off", "no", "false":
		return v.Get(name).Type == gjson.True
	}
	return true
}
