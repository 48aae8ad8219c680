package sandbox

import (
	"encoding/xml"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// methodMissing is the fault code of a site that doesn't have the method.
const methodMissing = -32601

// rpcFault is a fault that a site returns.
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

// The documents of XML-RPC.
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
		Other   []struct{} `xml:",any"` // arrays, dates and other types that aren't needed
	}
	rpcStruct struct {
		Members []rpcMember `xml:"member"`
	}
	rpcMember struct {
		Name  string   `xml:"name"`
		Value rpcValue `xml:"value"`
	}
)

// parseResponse returns the members of the struct that a site returns, or its fault as an error. A
// result of another type has no members.
func parseResponse(status int, text []byte) (map[string]any, error) {
	var response rpcResponse
	if err := xml.Unmarshal(text, &response); err != nil {
		if status != http.StatusOK {
			return nil, fmt.Errorf("HTTP status %d", status)
		}
		return nil, fmt.Errorf("the response is not XML-RPC: %w", err)
	}
	if response.Fault != nil {
		fault := response.Fault.members()
		code, _ := fault["faultCode"].(int64)
		return nil, &rpcFault{int(code), fmt.Sprint(fault["faultString"])}
	}
	if len(response.Params) == 0 {
		return map[string]any{}, nil
	}
	return response.Params[0].members(), nil
}

// members returns the members of a struct that are integers (as int64), booleans or strings. Other
// members are left out.
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

// scalar returns the value of an integer (as int64), a boolean or a string, nil for any other type.
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
