package jetpack

import "testing"

func TestWithoutAccessToken(t *testing.T) {
	for in, want := range map[string]string{
		`{}`:                               `{}`,
		" { } \n":                          " { } \n",
		`{"a":1}`:                          `{"a":1}`,
		`{"access_token":"x"}`:             `{}`,
		`{ "access_token" : "x" }`:         `{}`,
		`{"access_token":"x","a":1}`:       `{"a":1}`,
		`{"a":1,"access_token":"x"}`:       `{"a":1}`,
		`{"a":1, "access_token":"x"}`:      `{"a":1}`,
		`{"a":1,"access_token":"x","b":2}`: `{"a":1,"b":2}`,
		"{\n  \"a\": 1,\n  \"access_token\": \"x\",\n  \"b\": 2\n}\n":  "{\n  \"a\": 1,\n  \"b\": 2\n}\n",
		`{"access\u005ftoken":"x","a":1}`:                              `{"a":1}`,
		`{"\u0061ccess_token":"x","access_token":["y",{"z":1}],"a":1}`: `{"a":1}`,
		`{"a":"access_token","b":"}\",\"access_token\":\""}`:           `{"a":"access_token","b":"}\",\"access_token\":\""}`,
		`{"a":{"access_token":"x","b":[{"access_token":1},2]}}`:        `{"a":{"b":[{},2]}}`,
		`{"next_url":"https:\/\/x","access_token":null,"n":1.0e2}`:     `{"next_url":"https:\/\/x","n":1.0e2}`,
		`{"a":[ 1 , 2 ],"b":[],"c":[ ],"d":true , "e":null}`:           `{"a":[ 1 , 2 ],"b":[],"c":[ ],"d":true , "e":null}`,
		`{"Access_Token":1}`: `{"Access_Token":1}`,
	} {
		if got := string(WithoutAccessToken([]byte(in))); got != want {
			t.Errorf("%s\ngot  %s\nwant %s", in, got, want)
		}
	}
	for _, in := range []string{"", "null", "[]", `["access_token"]`, `"access_token"`, `{"a":1`, `{"a":1}{}`, "<html>", `{"a":1,}`} {
		if got := WithoutAccessToken([]byte(in)); got != nil {
			t.Errorf("%s: got %s", in, got)
		}
	}
}
