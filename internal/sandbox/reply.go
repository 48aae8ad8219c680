package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"
)

// errorStyle is how a part of the API words an error.
type errorStyle int

const (
	styleStart     errorStyle = iota // error, message
	styleOAuth                       // error, error_description
	styleLicensing                   // code, message, data.status
	styleErrorCode                   // success, error_code, error_message
)

// apiError is an answer that says no.
type apiError struct {
	status  int
	code    string
	message string
	header  http.Header
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

func (e *apiError) body(style errorStyle) any {
	switch style {
	case styleOAuth:
		return struct {
			Error       string `json:"error"`
			Description string `json:"error_description"`
		}{e.code, e.message}
	case styleLicensing:
		type data struct {
			Status int `json:"status"`
		}
		return struct {
			Code    string `json:"code"`
			Message string `json:"message"`
			Data    data   `json:"data"`
		}{e.code, e.message, data{e.status}}
	case styleErrorCode:
		return struct {
			Success bool   `json:"success"`
			Code    string `json:"error_code"`
			Message string `json:"error_message"`
		}{false, e.code, e.message}
	default:
		return struct {
			Error   string `json:"error"`
			Message string `json:"message"`
		}{e.code, e.message}
	}
}

// reply is an answer, ready to be sent or spoilt by a fault.
type reply struct {
	status      int
	contentType string
	header      http.Header
	body        []byte
}

// redirect is what a handler returns to send the browser elsewhere.
type redirect string

func jsonReply(status int, v any) reply {
	return reply{status: status, contentType: "application/json", body: encode(v)}
}

// okReply is the answer to a call that went well.
func okReply(result any) reply {
	switch v := result.(type) {
	case redirect:
		return reply{status: http.StatusFound, contentType: "text/plain; charset=utf-8", header: http.Header{"Location": {string(v)}}}
	case plainJSON:
		return reply{status: http.StatusOK, contentType: "application/json", body: v}
	default:
		return jsonReply(http.StatusOK, v)
	}
}

func (e *apiError) reply(style errorStyle) reply {
	rep := jsonReply(e.status, e.body(style))
	rep.header = e.header
	return rep
}

// encode writes JSON as the API does: no spaces, and \/ for a slash.
func encode(v any) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		// Only types of this package come here; none of them fails.
		return []byte(`{"error":"encoding_failed"}`)
	}
	// In JSON a slash stands only inside strings, so that replacing all is safe.
	return bytes.ReplaceAll(bytes.TrimSuffix(b.Bytes(), []byte("\n")), []byte("/"), []byte(`\/`))
}

// indent is the answer with spaces and newlines, which a reader of JSON must not mind.
func indent(body []byte) []byte {
	var b bytes.Buffer
	if json.Indent(&b, body, "", "    ") != nil {
		return body
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// envelope puts status and headers into the body, as http_envelope asks.
func envelope(rep reply) reply {
	type pair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	return jsonReply(http.StatusOK, struct {
		Code    int             `json:"code"`
		Headers []pair          `json:"headers"`
		Body    json.RawMessage `json:"body"`
	}{rep.status, []pair{{"Content-Type", rep.contentType}}, unescapeSlashes(rep.body)})
}

func unescapeSlashes(body []byte) []byte {
	return bytes.ReplaceAll(body, []byte(`\/`), []byte("/"))
}

// send writes the answer whole.
func (rep reply) send(w http.ResponseWriter) {
	rep.start(w)
	_, _ = w.Write(rep.body) // A client that went away is no trouble of ours.
}

func (rep reply) start(w http.ResponseWriter) {
	for name, values := range rep.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", rep.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(rep.body)))
	w.WriteHeader(rep.status)
}

// plainJSON is an answer of the sandbox's own, encoded under the lock and as
// one would write it by hand: tests search it.
type plainJSON []byte
