package jetpack

import (
	"encoding/json"
	"fmt"
	"testing"
)

func TestFieldShowsWhatIsNotSecret(t *testing.T) {
	raw, _ := json.Marshal(Field{Name: "plan", Value: "personal"})
	if string(raw) != `{"Name":"plan","Value":"personal","Secret":false}` {
		t.Errorf("got %s", raw)
	}
	got := fmt.Sprint(Field{Name: "plan", Value: "personal"}, Field{"ssh_pass", "x", true})
	if got != "plan=personal ssh_pass=[redacted]" {
		t.Errorf("got %s", got)
	}
}
