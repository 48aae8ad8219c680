package wpcli

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// newerThanPHP74 matches calls of functions that PHP 7.4 lacks. WordPress 5.9 and later define most
// of them, so running the code on PHP 7.4 with a new WordPress doesn't show that an old one fails.
var newerThanPHP74 = regexp.MustCompile(`\b(str_contains|str_starts_with|str_ends_with|` +
	`array_(is_list|find|find_key|any|all|first|last)|get_debug_type|get_resource_id|fdiv|` +
	`preg_last_error_msg)\s*\(`)

func TestPHPNeedsNoPolyfills(t *testing.T) {
	files, err := filepath.Glob("*.php")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files: %v", len(files), err)
	}
	for _, file := range files {
		code, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if call := newerThanPHP74.Find(code); call != nil {
			t.Errorf("%s calls %s), which PHP 7.4 doesn't have", file, call)
		}
	}
}
