package sandbox

import (
	"fmt"
	"net/http"
	"strings"
)

// errorStyle is the form that a part of the API uses for errors.
type errorStyle int

const (
	styleStart     errorStyle = iota // error, message
	styleOAuth                       // error, error_description
	styleLicensing                   // code, message, data.status
	styleErrorCode                   // success, error_code, error_message
)

// errorStyleOf returns the form of the errors for a path.
func errorStyleOf(path string) errorStyle {
	switch {
	case strings.HasPrefix(path, "/wpcom/v2/"):
		return styleLicensing
	case strings.HasPrefix(path, "/oauth2/"):
		return styleOAuth
	default:
		return styleStart
	}
}

// apiError is an error response of the API.
type apiError struct {
	status  int
	code    string
	message string
	header  http.Header
}

func (e *apiError) Error() string { return e.code + ": " + e.message }

// response returns the HTTP response for the error.
func (e *apiError) response(style errorStyle) response {
	resp := jsonResponse(e.status, e.body(style))
	resp.header = e.header
	return resp
}

// body returns the value to encode as the body of the response.
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

// invalidInput returns the error for an invalid request, with the code that e's part of the API
// uses.
func invalidInput(e *endpoint, format string, args ...any) *apiError {
	code := "invalid_input"
	switch e.errorStyle() {
	case styleOAuth:
		code = "invalid_request"
	case styleLicensing:
		code = "rest_invalid_param"
	}
	return &apiError{
		status:  http.StatusBadRequest,
		code:    code,
		message: fmt.Sprintf(format, args...),
	}
}
