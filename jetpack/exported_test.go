package jetpack_test

import (
	"bytes"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/printer"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write testdata/exported.txt")

// Other modules may import this package. A line that is missing in testdata/exported.txt is an
// addition; a line that is missing in the package breaks somebody's build.
func TestExportedNames(t *testing.T) {
	const path = "testdata/exported.txt"
	got := strings.Join(exported(t), "\n") + "\n"
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	gotLines, wantLines := strings.Split(got, "\n"), strings.Split(string(want), "\n")
	for _, line := range wantLines {
		if !slices.Contains(gotLines, line) {
			t.Errorf("removed or changed: %s", line)
		}
	}
	for _, line := range gotLines {
		if !slices.Contains(wantLines, line) {
			t.Errorf("new: %s (if it is to stay, run this test with -update)", line)
		}
	}
}

// exported returns one line for each exported name of the package, sorted.
func exported(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.FileExports(file)
		for _, decl := range file.Decls {
			lines = append(lines, declared(t, decl)...)
		}
	}
	slices.Sort(lines)
	return slices.Compact(lines) // some functions are declared for each system
}

// declared returns a line for each name that decl declares.
func declared(t *testing.T, decl ast.Decl) (lines []string) {
	if f, ok := decl.(*ast.FuncDecl); ok {
		if f.Recv != nil && !ast.IsExported(receiver(f)) {
			return nil
		}
		f.Body = nil
		return []string{source(t, f)}
	}
	for _, spec := range decl.(*ast.GenDecl).Specs {
		switch spec := spec.(type) {
		case *ast.ValueSpec:
			lines = append(lines, "const "+source(t, spec))
		case *ast.TypeSpec:
			fields, ok := spec.Type.(*ast.StructType)
			if !ok {
				lines = append(lines, "type "+source(t, spec))
				continue
			}
			lines = append(lines, fmt.Sprintf("type %s struct", spec.Name))
			for _, field := range fields.Fields.List {
				typ := source(t, field.Type)
				for _, name := range field.Names {
					lines = append(lines, fmt.Sprintf("%s.%s %s", spec.Name, name, typ))
				}
			}
		}
	}
	return lines
}

// receiver returns the name of a method's type.
func receiver(f *ast.FuncDecl) string {
	typ := f.Recv.List[0].Type
	if star, ok := typ.(*ast.StarExpr); ok {
		typ = star.X
	}
	if name, ok := typ.(*ast.Ident); ok {
		return name.Name
	}
	return ""
}

// source returns the source text of a node, on one line.
func source(t *testing.T, node ast.Node) string {
	t.Helper()
	var b bytes.Buffer
	if err := printer.Fprint(&b, token.NewFileSet(), node); err != nil {
		t.Fatal(err)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
