package jetpack

import "testing"

func TestProductFamiliesAnswers(t *testing.T) {
	for body, want := range map[string]string{
		`[{"name":"Jetpack Packs","slug":"jetpack-packs","products":[{"product_id":12345,"name":"Jetpack Complete","slug":"jetpack-complete"}]}]`: `[{Jetpack Packs jetpack-packs  [{12345 Jetpack Complete jetpack-complete   }]}]`,
		`[{"slug":"a","products":[{"product_id":1,"slug":"b","currency":"usd","amount":9.90,"price_interval":"month"}]}]`:                         `[{ a  [{1  b usd month 9.90}]}]`,
		`[{"slug":"a","products":[{"slug":"b","amount":"0.10"},{"slug":"c","amount":1e2},{"slug":"d","amount":null}]}]`:                           `[{ a  [{0  b   0.10} {0  c   1e2} {0  d   }]}]`,
		`{"0":{"slug":"a","products":{"3":{"slug":"b"}}},"2":{"slug":"c","products":[]}}`:                                                         `[{ a  [{0  b   }]} { c  []}]`,
		`[{"slug":"a"},{"slug":"b","products":null}]`:                                                                                             `[{ a  []} { b  []}]`,
		`[{"slug":"a","description":"Keeps copies."},{"slug":"b","description":7}]`:                                                               `[{ a Keeps copies. []} { b  []}]`,
		`[]`:                            `[]`,
		`{}`:                            `[]`,
		`[1]`:                           CodeInvalidAnswer,
		`[{"name":"a","products":[]}]`:  CodeInvalidAnswer,
		`[{"slug":"a","name":1}]`:       CodeInvalidAnswer,
		`[{"slug":"a","products":"b"}]`: CodeInvalidAnswer,
		`[{"slug":"a","products":[{"product_id":1}]}]`:                CodeInvalidAnswer,
		`[{"slug":"a","products":["b",{"slug":"c"}]}]`:                CodeInvalidAnswer,
		`[{"slug":"a","products":[{"slug":"b","amount":{}}]}]`:        CodeInvalidAnswer,
		`[{"slug":"a","products":[{"slug":"b","amount":"free"}]}]`:    CodeInvalidAnswer,
		`[{"slug":"a","products":[{"slug":"b","product_id":"x"}]}]`:   CodeInvalidAnswer,
		`[{"slug":"a","products":[{"slug":"b","currency":["usd"]}]}]`: CodeInvalidAnswer,
		`{"code":"rest_forbidden","message":"no","data":{}}`:          "rest_forbidden",
		`<html>`: CodeInvalidAnswer,
		`[{]`:    CodeInvalidAnswer,
	} {
		a := newAPI(t, respond(200, body))
		l, _ := a.licensing(t, func(cfg *Config) { cfg.RetryFor = -1 })
		got, err := l.PartnerProductFamilies(t.Context())
		if text := outcome(t, got, err); text != want {
			t.Errorf("%s: got %s, want %s", body, text, want)
		}
	}
	a := newAPI(t, respond(403, `[]`))
	l, _ := a.licensing(t, func(cfg *Config) { cfg.LicensingToken = "" })
	if _, err := l.ProductFamilies(t.Context()); asError(t, err).Code != CodeHTTPError {
		t.Error(err)
	}
}
