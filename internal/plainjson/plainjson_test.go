package plainjson

import "testing"

func TestMarshal(t *testing.T) {
	v := map[string]any{"next_url": "https://example.com/?a=1&b=<2>"}
	for indent, want := range map[string]string{
		"":   `{"next_url":"https://example.com/?a=1&b=<2>"}`,
		"  ": "{\n  \"next_url\": \"https://example.com/?a=1&b=<2>\"\n}",
	} {
		got, err := MarshalIndent(v, indent)
		if err != nil || string(got) != want {
			t.Errorf("indent %q: %s, %v; want %s", indent, got, err, want)
		}
	}
	if _, err := Marshal(func() {}); err == nil {
		t.Error("a function was encoded")
	}
}
