package main

import (
	"path/filepath"
	"strings"
	"testing"
)

func TestPackOutsideRoot(t *testing.T) {
	t.Chdir(t.TempDir())
	err := pack("v1", filepath.Join(t.TempDir(), "module.zip"))
	if err == nil || !strings.Contains(err.Error(), "not the root of the repository") {
		t.Errorf("%v", err)
	}
}
