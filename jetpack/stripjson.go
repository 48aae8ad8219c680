package jetpack

import (
	"bytes"
	"encoding/json"
	"slices"
)

// tokenMember is the member of a provision answer that must not be printed.
const tokenMember = "access_token"

// WithoutAccessToken gives the same JSON without any member named access_token, on every level and
// however its name is escaped. All else stays byte for byte. It gives nil when raw isn't a valid
// JSON object.
func WithoutAccessToken(raw []byte) []byte { return withoutMembers(raw, tokenMember) }

// withoutMembers is WithoutAccessToken for any names.
func withoutMembers(raw []byte, names ...string) []byte {
	// json.Valid also bounds the depth, and with it the recursion here.
	if !json.Valid(raw) || !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n"), []byte("{")) {
		return nil
	}
	s := &stripper{raw: raw, names: names, out: make([]byte, 0, len(raw))}
	start := s.space(0)
	s.out = append(s.out, raw[:start]...)
	end := s.value(start)
	return append(s.out, raw[end:]...)
}

// stripper copies valid JSON from raw to out, without the members of these names. Its methods take
// a position in raw and give the one after what they read.
type stripper struct {
	raw, out []byte
	names    []string
}

// value copies the value at i.
func (s *stripper) value(i int) int {
	switch s.raw[i] {
	case '{':
		return s.members(i, '}')
	case '[':
		return s.members(i, ']')
	case '"':
		end := s.text(i)
		s.out = append(s.out, s.raw[i:end]...)
		return end
	}
	end := i // a number or a word
	for end < len(s.raw) && bytes.IndexByte([]byte(" \t\r\n,]}"), s.raw[end]) < 0 {
		end++
	}
	s.out = append(s.out, s.raw[i:end]...)
	return end
}

// members copies the object or array at i. A comma is written when the next member that stays is
// known, with the spaces that come after it.
func (s *stripper) members(i int, closing byte) int {
	s.out = append(s.out, s.raw[i])
	i++
	for first := true; ; {
		start := s.space(i)
		if s.raw[start] == closing { // only of an empty one
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
			name := s.text(start)
			value = s.space(s.space(name) + 1)
			s.out = append(s.out, s.raw[start:value]...)
			drop = s.named(s.raw[start:name])
		}
		end := s.value(value)
		next := s.space(end)
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

// text is the end of the string at i.
func (s *stripper) text(i int) int {
	for i++; s.raw[i] != '"'; i++ {
		if s.raw[i] == '\\' {
			i++
		}
	}
	return i + 1
}

func (s *stripper) space(i int) int {
	for i < len(s.raw) && bytes.IndexByte([]byte(" \t\r\n"), s.raw[i]) >= 0 {
		i++
	}
	return i
}

func (s *stripper) named(quoted []byte) bool {
	var name string
	return json.Unmarshal(quoted, &name) == nil && slices.Contains(s.names, name)
}
