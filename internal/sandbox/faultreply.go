package sandbox

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// reply is the answer of a fault that comes before the effect.
func (f fault) reply(c *call, now time.Time) reply {
	if status, ok := strings.CutSuffix(f.kind, "-before"); ok && isDigits(status) {
		return statusReply(number(status), c.style)
	}
	switch f.kind {
	case "429":
		no := documented("too_many_requests")
		switch {
		case f.value == "date":
			// HTTP dates have whole seconds: a second ahead, rounded up, is never in the past.
			at := now.Add(2*time.Second - 1).Truncate(time.Second)
			no.header = http.Header{"Retry-After": {at.UTC().Format(http.TimeFormat)}}
		case f.value != "":
			no.header = http.Header{"Retry-After": {f.value}}
		}
		return no.reply(c.style)
	case "status":
		return statusReply(number(f.value), c.style)
	case "html":
		return htmlPage(number(f.value))
	case "error":
		return documented(f.value).reply(c.style)
	case "error-code":
		return documented(f.value).reply(styleErrorCode)
	case "oauth-error":
		return documented(f.value).reply(styleOAuth)
	case "body":
		return reply{status: http.StatusOK, contentType: "application/json", body: []byte(f.value)}
	case "huge":
		const size = 8 << 20
		return reply{
			status:      http.StatusOK,
			contentType: "application/json",
			body:        []byte(`{"padding":"` + strings.Repeat("0123456789abcdef", size/16) + `"}`),
		}
	}
	return reply{} // hang and cut send nothing
}

// spoil turns the answer of a call that was carried out into what arrives.
func (f fault) spoil(rep reply, c *call) reply {
	if status, ok := strings.CutSuffix(f.kind, "-after"); ok && isDigits(status) {
		return statusReply(number(status), c.style)
	}
	switch f.kind {
	case "html-after":
		return htmlPage(number(f.value))
	case "empty":
		return reply{status: http.StatusOK, contentType: rep.contentType}
	case "spaces":
		rep.body = indent(rep.body)
	}
	return rep
}

// number reads digits that were checked when the fault was.
func number(digits string) int {
	n, _ := strconv.Atoi(digits)
	return n
}

func statusReply(status int, style errorStyle) reply {
	code := strings.ReplaceAll(strings.ToLower(http.StatusText(status)), " ", "_")
	if code == "" {
		code = "status_" + strconv.Itoa(status)
	}
	message := fmt.Sprintf("The sandbox was told to answer %d", status)
	return (&apiError{status: status, code: code, message: message}).reply(style)
}

// htmlPage is what a proxy between the two sides says.
func htmlPage(status int) reply {
	title := strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
	page := fmt.Sprintf(
		"<html>\r\n<head><title>%s</title></head>\r\n<body>\r\n<center><h1>%s</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n",
		title, title,
	)
	return reply{status: status, contentType: "text/html", body: []byte(page)}
}
