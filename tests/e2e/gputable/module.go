// Package gputable compares the table of GPUs with the data that Karpenter's AWS provider is compiled with.
package gputable

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strconv"
)

// Folder is where tests/e2e/build.sh puts the provider's generated Go files.
const Folder = "../../../build/e2e/share/karpenter-aws-data"

// Variable returns the value of a package-level variable of a generated file, which is read without compiling it.
// Composite literals with keys become map[string]any, those without become []any; fields are keys, too. Numbers become
// float64. A call becomes its last argument, since the files call only conversions such as aws.Int32(4).
func Variable(file, name string) (any, error) {
	path := filepath.Join(Folder, file)
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("%w: run tests/e2e/build.sh", err)
	}
	tree, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	var found any
	ast.Inspect(tree, func(node ast.Node) bool {
		spec, ok := node.(*ast.ValueSpec)
		if ok && len(spec.Values) == 1 && spec.Names[0].Name == name {
			found = value(spec.Values[0])
		}
		return !ok
	})
	if found == nil {
		err = fmt.Errorf("%s has no variable %s", path, name)
	}
	return found, err
}

func value(expression ast.Expr) any {
	switch e := expression.(type) {
	case *ast.BasicLit:
		return literal(e)
	case *ast.Ident:
		return e.Name
	case *ast.UnaryExpr:
		return value(e.X)
	case *ast.CallExpr:
		return value(e.Args[len(e.Args)-1])
	case *ast.CompositeLit:
		return composite(e)
	}
	return nil
}

func literal(e *ast.BasicLit) any {
	if text, err := strconv.Unquote(e.Value); err == nil && e.Kind == token.STRING {
		return text
	}
	number, err := strconv.ParseFloat(e.Value, 64)
	if err != nil {
		return nil
	}
	return number
}

func composite(e *ast.CompositeLit) any {
	var list []any
	pairs := map[string]any{}
	for _, element := range e.Elts {
		pair, ok := element.(*ast.KeyValueExpr)
		if !ok {
			list = append(list, value(element))
			continue
		}
		pairs[fmt.Sprint(value(pair.Key))] = value(pair.Value)
	}
	if len(list) > 0 {
		return list
	}
	return pairs
}

// at follows keys and indices into a value of Variable, and returns nil where a step leads nowhere.
func at(v any, steps ...any) any {
	for _, step := range steps {
		switch step := step.(type) {
		case string:
			pairs, _ := v.(map[string]any)
			v = pairs[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}
