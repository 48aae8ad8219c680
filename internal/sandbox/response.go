package sandbox

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strconv"

	"jetpack-start/internal/plainjson"
)

// response is an HTTP response before it is sent.
type response struct {
	status      int
	contentType string
	header      http.Header
	body        []byte
}

// redirect is the URL of a redirect that a handler returns as its result.
type redirect string

// rawJSON is a result that is sent as it is, without \/ for slashes. Only the sandbox's own
// endpoints return it.
type rawJSON []byte

// okResponse returns the response for the result of a handler.
func okResponse(result any) response {
	switch v := result.(type) {
	case redirect:
		return response{
			status:      http.StatusFound,
			contentType: "text/plain; charset=utf-8",
			header:      http.Header{"Location": {string(v)}},
		}
	case rawJSON:
		return okJSON(v)
	default:
		return jsonResponse(http.StatusOK, v)
	}
}

// okJSON returns a response with the status 200 and a body of JSON.
func okJSON(body []byte) response {
	return response{status: http.StatusOK, contentType: "application/json", body: body}
}

// jsonResponse returns a response with v as its body.
func jsonResponse(status int, v any) response {
	return response{status: status, contentType: "application/json", body: encodeJSON(v)}
}

// encodeJSON encodes v as the API does: without spaces, and with \/ for slashes.
func encodeJSON(v any) []byte {
	raw, err := plainjson.Marshal(v)
	if err != nil {
		// Can't happen: v is always a type of this package, and all of them can be encoded.
		return []byte(`{"error":"encoding_failed"}`)
	}
	// JSON has slashes only inside strings, so all of them can be replaced.
	return bytes.ReplaceAll(raw, []byte("/"), []byte(`\/`))
}

func unescapeSlashes(body []byte) []byte {
	return bytes.ReplaceAll(body, []byte(`\/`), []byte("/"))
}

// indentJSON returns the same JSON with spaces and newlines, or body itself if it isn't JSON.
func indentJSON(body []byte) []byte {
	var b bytes.Buffer
	if json.Indent(&b, body, "", "    ") != nil {
		return body
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// envelope returns the response to a request with http_envelope: the status is 200, and the status
// and headers of resp are in the body.
func envelope(resp response) response {
	type pair struct {
		Name  string `json:"name"`
		Value string `json:"value"`
	}
	return jsonResponse(http.StatusOK, struct {
		Code    int             `json:"code"`
		Headers []pair          `json:"headers"`
		Body    json.RawMessage `json:"body"`
	}{resp.status, []pair{{"Content-Type", resp.contentType}}, unescapeSlashes(resp.body)})
}

// write sends the response.
func (resp response) write(w http.ResponseWriter) {
	resp.writeHeader(w)
	_, _ = w.Write(resp.body) // if this fails, the client has disconnected
}

// writeHeader sends the response without its body.
func (resp response) writeHeader(w http.ResponseWriter) {
	for name, values := range resp.header {
		w.Header()[name] = values
	}
	w.Header().Set("Content-Type", resp.contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(resp.body)))
	w.WriteHeader(resp.status)
}
