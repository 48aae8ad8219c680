package jetpack

import (
	"fmt"
	"net/http"
	"testing"
)

const keyJSON = `{"id":10,"name":"My%sKey","allowed_personal_plans":"0",` +
	`"allowed_premium_plans":"100","allowed_professional_plans":"0",` +
	`"notes":null,"client_id":"12345","client_secret":"c1ient-s3cret"}`

func TestPartnerKey(t *testing.T) {
	var form map[string]string
	a := newAPI(t, func(w http.ResponseWriter, r *http.Request, n int) {
		form = readForm(t, r)
		w.Header().Set("X-Jetpack-Request-Id", "r1")
		respond(200, keyJSON)(w, r, n)
	})
	c, _ := a.client(t, nil)
	k, err := c.CreatePartnerKey(
		t.Context(), PartnerKeyRequest{Name: "My%sKey", Premium: 100, Notes: "n"},
	)
	if err != nil || fmt.Sprint(form) != "map[allowed_premium_plans:100 name:My%sKey notes:n]" ||
		a.count("/rest/v1.3/jpphp/partner-keys/new") != 1 {
		t.Errorf("%v %v", form, err)
	}
	want := PartnerKey{
		ID: 10, Name: "My%sKey", ClientID: "12345", ClientSecret: "c1ient-s3cret", Premium: 100,
		RequestID: "r1", Raw: keyJSON,
	}
	if k != want {
		t.Errorf("got %s %s", k, k.Raw.Reveal())
	}
	if text := fmt.Sprint(k); text != "jetpack.PartnerKey(10 12345)" {
		t.Errorf("got %s", text)
	}
	for _, r := range []PartnerKeyRequest{
		{}, {Name: "x", Personal: -1}, {Name: "x", Premium: -1}, {Name: "x", Professional: -1},
	} {
		_, err := c.CreatePartnerKey(t.Context(), r)
		if asError(t, err).Code != CodeInvalidRequest {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

func TestPartnerKeyAnswers(t *testing.T) {
	for body, tt := range map[string]struct {
		status int
		want   string
		lost   bool
	}{
		`{"client_id":9,"client_secret":"c1ient-s3cret"}`:                                       {200, "0 9 true -1", false},
		`{"id":"7","client_id":"9","client_secret":"c1ient-s3cret","allowed_personal_plans":3}`: {200, "7 9 true 3", false},
		`{"id":7,"client_id":"9","client_secret":["c1ient-s3cret"]}`:                            {200, CodeInvalidAnswer, true},
		`{"id":7,"client_secret":"c1ient-s3cret"}`:                                              {200, CodeInvalidAnswer + " salvaged", true},
		`{"id":7,"client_id":"9","client_secret":"c1ient-s3cret","error":"a"}`:                  {500, "a salvaged", true},
		`{"error":"invalid_input","message":"x","client_secret":"c1ient-s3cret"}`:               {400, "invalid_input", false},
		`{"error":"partner_key_disabled"}`:                                                      {403, "partner_key_disabled", false},
		`<html>no`:                                                                              {403, CodeHTTPError, true},
		`<html>`:                                                                                {502, CodeServerError, true},
	} {
		a := newAPI(t, respond(tt.status, body))
		c, _ := a.client(t, nil)
		k, err := c.CreatePartnerKey(t.Context(), PartnerKeyRequest{Name: "x"})
		hasSecret := k.ClientSecret == "c1ient-s3cret"
		got := fmt.Sprintf("%d %s %v %d", k.ID, k.ClientID, hasSecret, k.Personal)
		text := outcome(t, got, err)
		if err != nil && k.ClientSecret != "" {
			text += " salvaged"
		}
		if text != tt.want || err != nil && asError(t, err).Lost() != tt.lost {
			t.Errorf("%s: got %s, want %s", body, text, tt.want)
		}
		if n := a.count("/rest/v1.3/jpphp/partner-keys/new"); n != 1 {
			t.Errorf("%s: %d requests", body, n)
		}
	}
}
