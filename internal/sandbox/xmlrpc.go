package sandbox

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// methodMissing is the fault code for a method that a site doesn't have.
const methodMissing = -32601

// rpcFault is a site's answer that says no.
type rpcFault struct {
	code    int
	message string
}

func (f *rpcFault) Error() string { return fmt.Sprintf("XML-RPC fault %d: %s", f.code, f.message) }

func isFault(err error) bool {
	var f *rpcFault
	return errors.As(err, &f)
}

func isMethodMissing(err error) bool {
	var f *rpcFault
	return errors.As(err, &f) && f.code == methodMissing
}

// The wire format, both ways.
type (
	rpcCall struct {
		XMLName xml.Name   `xml:"methodCall"`
		Method  string     `xml:"methodName"`
		Params  []rpcValue `xml:"params>param>value"`
	}
	rpcResponse struct {
		XMLName xml.Name   `xml:"methodResponse"`
		Params  []rpcValue `xml:"params>param>value"`
		Fault   *rpcValue  `xml:"fault>value"`
	}
	rpcValue struct {
		Int     *string    `xml:"int"`
		I4      *string    `xml:"i4"`
		Boolean *string    `xml:"boolean"`
		String  *string    `xml:"string"`
		Struct  *rpcStruct `xml:"struct"`
		Text    string     `xml:",chardata"`
		Other   []struct{} `xml:",any"` // arrays, dates and such
	}
	rpcStruct struct {
		Members []rpcMember `xml:"member"`
	}
	rpcMember struct {
		Name  string   `xml:"name"`
		Value rpcValue `xml:"value"`
	}
)

func readResponse(status int, text []byte) (map[string]any, error) {
	var response rpcResponse
	if err := xml.Unmarshal(text, &response); err != nil {
		if status != http.StatusOK {
			return nil, fmt.Errorf("HTTP status %d", status)
		}
		return nil, fmt.Errorf("the answer is not XML-RPC: %w", err)
	}
	if response.Fault != nil {
		told := response.Fault.members()
		code, _ := told["faultCode"].(int64)
		return nil, &rpcFault{int(code), fmt.Sprint(told["faultString"])}
	}
	if len(response.Params) == 0 {
		return map[string]any{}, nil
	}
	return response.Params[0].members(), nil
}

// members reads a struct; what isn't an int, a boolean or text is left out.
func (v rpcValue) members() map[string]any {
	out := map[string]any{}
	if v.Struct == nil {
		return out
	}
	for _, m := range v.Struct.Members {
		if value := m.Value.scalar(); value != nil {
			out[m.Name] = value
		}
	}
	return out
}

func (v rpcValue) scalar() any {
	number := v.Int
	if number == nil {
		number = v.I4
	}
	switch {
	case number != nil:
		n, err := strconv.ParseInt(strings.TrimSpace(*number), 10, 64)
		if err != nil {
			return nil
		}
		return n
	case v.Boolean != nil:
		return strings.TrimSpace(*v.Boolean) == "1"
	case v.String != nil:
		return *v.String
	case v.Struct != nil || len(v.Other) > 0:
		return nil
	}
	return v.Text // a value without a type is a string
}
