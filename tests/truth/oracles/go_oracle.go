// What Go's own parser sees: paths on stdin, one a line; on stdout a JSON line [path, [[name, line, kind], …]] for each that
// it parses without an error. See go.py for what is counted.
package main

import (
	"bufio"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
)

type reader struct {
	files *token.FileSet
	found [][3]any
}

func (r *reader) add(name *ast.Ident, kind string) {
	if name.Name != "_" {
		r.found = append(r.found, [3]any{name.Name, r.files.PositionFor(name.Pos(), false).Line, kind})
	}
}

// Walk everything below a node. isLocal: what is declared there directly is local to a function.
func (r *reader) walk(node ast.Node, isLocal bool) {
	ast.Inspect(node, func(inner ast.Node) bool {
		switch one := inner.(type) {
		case *ast.FuncDecl:
			kind := "function"
			if one.Recv != nil {
				kind = "method"
			}
			r.add(one.Name, kind)
			if one.Body != nil {
				r.walk(one.Body, true)
			}
			return false
		case *ast.FuncLit:
			r.walk(one.Body, true)
			return false
		case *ast.TypeSpec:
			if one.Name.Name == "_" {
				return false
			}
			r.add(one.Name, "type")
			r.walk(one.Type, false)
			if one.TypeParams != nil {
				r.walk(one.TypeParams, false)
			}
			return false
		case *ast.ValueSpec:
			if !isLocal {
				r.values(one)
			}
		case *ast.StructType:
			if !isLocal {
				r.fields(one.Fields)
			}
		case *ast.InterfaceType:
			if !isLocal {
				r.methods(one.Methods)
			}
			return false
		}
		return true
	})
}

func (r *reader) values(spec *ast.ValueSpec) {
	for _, name := range spec.Names {
		r.add(name, "value")
	}
}

func (r *reader) fields(list *ast.FieldList) {
	for _, field := range list.List {
		for _, name := range field.Names {
			r.add(name, "field")
		}
		if len(field.Names) == 0 {
			r.add(embedded(field.Type), "embedded field")
		}
	}
}

func (r *reader) methods(list *ast.FieldList) {
	for _, field := range list.List {
		for _, name := range field.Names {
			r.add(name, "interface method")
		}
	}
}

func embedded(node ast.Expr) *ast.Ident {
	switch one := node.(type) {
	case *ast.StarExpr:
		return embedded(one.X)
	case *ast.ParenExpr:
		return embedded(one.X)
	case *ast.SelectorExpr:
		return one.Sel
	case *ast.IndexExpr:
		return embedded(one.X)
	case *ast.IndexListExpr:
		return embedded(one.X)
	case *ast.Ident:
		return one
	}
	return ast.NewIdent("_")
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		files := token.NewFileSet()
		tree, err := parser.ParseFile(files, lines.Text(), nil, parser.SkipObjectResolution)
		if err != nil {
			continue
		}
		r := reader{files: files, found: [][3]any{}}
		r.walk(tree, false)
		if err := out.Encode([]any{lines.Text(), r.found}); err != nil {
			panic(err)
		}
	}
}
