package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// response returns what a fault sends if the handler isn't called. Faults that send nothing return
// the zero value.
func (f fault) response(e *endpoint, now time.Time) response {
	if status, ok := strings.CutSuffix(f.kind, "-before"); ok && isDigits(status) {
		return statusResponse(atoi(status), e.errorStyle())
	}
	switch f.kind {
	case "429":
		err := documentedError("too_many_requests")
		switch {
		case f.value == "date":
			// HTTP dates have whole seconds. One second ahead and rounded up isn't in the past.
			at := now.Add(2*time.Second - 1).Truncate(time.Second)
			err.header = http.Header{"Retry-After": {at.UTC().Format(http.TimeFormat)}}
		case f.value != "":
			err.header = http.Header{"Retry-After": {f.value}}
		}
		return err.response(e.errorStyle())
	case "status":
		return statusResponse(atoi(f.value), e.errorStyle())
	case "html":
		return htmlResponse(atoi(f.value))
	case "error":
		return documentedError(f.value).response(e.errorStyle())
	case "error-code":
		return documentedError(f.value).response(styleErrorCode)
	case "oauth-error":
		return documentedError(f.value).response(styleOAuth)
	case "body":
		return okJSON([]byte(f.value))
	case "huge":
		const size = 8 << 20
		padding := strings.Repeat("0123456789abcdef", size/16)
		return okJSON([]byte(`{"padding":"` + padding + `"}`))
	}
	return response{}
}

// alter returns what the client receives instead of resp, the response of the handler.
func (f fault) alter(resp response, e *endpoint) response {
	if status, ok := strings.CutSuffix(f.kind, "-after"); ok && isDigits(status) {
		return statusResponse(atoi(status), e.errorStyle())
	}
	switch f.kind {
	case "html-after":
		return htmlResponse(atoi(f.value))
	case "empty":
		status := http.StatusOK
		if f.value != "" {
			status = atoi(f.value)
		}
		return response{status: status, contentType: resp.contentType}
	case "spaces":
		resp.body = indentJSON(resp.body)
	}
	return resp
}

// atoi returns the value of digits that parseFault has checked.
func atoi(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

// statusResponse returns an API error with a status and nothing that is specific to the call.
func statusResponse(status int, style errorStyle) response {
	code := strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
	if code == "" {
		code = "status_" + strconv.Itoa(status)
	}
	message := fmt.Sprintf("The sandbox was told to answer %d", status)
	return (&apiError{status: status, code: code, message: message}).response(style)
}

// htmlResponse returns a page like that of a proxy between the client and the API.
func htmlResponse(status int) response {
	title := strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
	page := "<html>\r\n<head><title>" + title + "</title></head>\r\n<body>\r\n" +
		"<center><h1>" + title + "</h1></center>\r\n<hr><center>nginx</center>\r\n" +
		"</body>\r\n</html>\r\n"
	return response{status: status, contentType: "text/html", body: []byte(page)}
}
