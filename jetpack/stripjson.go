package jetpack

import (
	"bytes"
	"encoding/json"
	"slices"
)

// tokenMember is the member of a provision answer that must not be printed.
const tokenMember = "access_token"

// WithoutAccessToken returns the JSON object raw without the members named access_token, on every
// level and however the name is escaped. Everything else stays byte for byte. It returns nil if raw
// isn't a valid JSON object.
func WithoutAccessToken(raw []byte) []byte { return withoutMembers(raw, tokenMember) }

// withoutMembers removes the members with these names, as WithoutAccessToken does.
func withoutMembers(raw []byte, names ...string) []byte {
	// json.Valid also bounds the depth, and with it the recursion here.
	if !json.Valid(raw) || !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) {
		return nil
	}
	s := &stripper{raw: raw, names: names, out: make([]byte, 0, len(raw))}
	start := s.skipSpace(0)
	s.out = append(s.out, raw[:start]...)
	end := s.copyValue(start)
	return append(s.out, raw[end:]...)
}

// stripper copies valid JSON from raw to out, without the members with these names. Its methods
// take a position in raw and return the position after what they read.
type stripper struct {
	raw, out []byte
	names    []string
}

// copyValue copies the value at i.
func (s *stripper) copyValue(i int) int {
	switch s.raw[i] {
	case '{':
		return s.copyMembers(i, '}')
	case '[':
		return s.copyMembers(i, ']')
	case '"':
		end := s.skipString(i)
		s.out = append(s.out, s.raw[i:end]...)
		return end
	}
	end := i // a number, true, false or null
	for end < len(s.raw) && bytes.IndexByte([]byte(" \t\r\n,]}"), s.raw[end]) < 0 {
		end++
	}
	s.out = append(s.out, s.raw[i:end]...)
	return end
}

// copyMembers copies the object or array at i. It writes a comma, and the space after it, only once
// it knows that another member follows.
func (s *stripper) copyMembers(i int, closing byte) int {
	s.out = append(s.out, s.raw[i])
	i++
	for first := true; ; {
		start := s.skipSpace(i)
		if s.raw[start] == closing { // it is empty
			s.out = append(s.out, s.raw[i:start+1]...)
			return start + 1
		}
		mark := len(s.out)
		if !first {
			s.out = append(s.out, ',')
		}
		s.out = append(s.out, s.raw[i:start]...)
		value, drop := start, false
		if closing == '}' {
			name := s.skipString(start)
			value = s.skipSpace(s.skipSpace(name) + 1)
			s.out = append(s.out, s.raw[start:value]...)
			drop = s.drops(s.raw[start:name])
		}
		end := s.copyValue(value)
		next := s.skipSpace(end)
		if drop {
			s.out = s.out[:mark]
		} else {
			s.out = append(s.out, s.raw[end:next]...)
			first = false
		}
		i = next + 1
		if s.raw[next] == closing {
			s.out = append(s.out, closing)
			return i
		}
	}
}

// skipString returns the position after the string at i.
func (s *stripper) skipString(i int) int {
	for i++; s.raw[i] != '"'; i++ {
		if s.raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

// skipSpace returns the position after the white space at i.
func (s *stripper) skipSpace(i int) int {
	for i < len(s.raw) && bytes.IndexByte([]byte(" \t\r\n"), s.raw[i]) >= 0 {
		i++
	}
	return i
}

// drops reports whether a member with this name, which is a JSON string, is to be removed.
func (s *stripper) drops(quoted []byte) bool {
	var name string
	return json.Unmarshal(quoted, &name) == nil && slices.Contains(s.names, name)
}
