// Command summary reads what `go test -json` writes, as it comes: it prints each test when it ends, with what it printed
// if it failed, and at last one line, N passed, M failed. Tests that hold subtests are not counted beside them, unless
// they fail by themselves; nor are packages.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

type event struct {
	Action, Package, ImportPath, Test, Output string
	Elapsed                                   float64
}

// result is what became of a test, of a package (no test) or of a build (neither).
type result struct {
	event
	output strings.Builder
	holds  bool // it holds others
	blamed bool // one of those has failed
}

func main() {
	results, order, err := read(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	passed, failed := 0, 0
	for _, key := range order {
		r := results[key]
		if !r.ended() {
			r.print(key) // its program has ended before it
		}
		switch {
		case r.Action == "pass" && r.Test != "" && !r.holds:
			passed++
		case !r.good() && !r.blamed:
			failed++
		}
	}
	fmt.Printf("\n%d passed, %d failed\n", passed, failed)
	if failed > 0 || passed == 0 {
		os.Exit(1)
	}
}

func (r *result) good() bool { return r.Action == "pass" || r.Action == "skip" }

func (r *result) ended() bool { return r.good() || r.Action == "fail" || r.Action == "build-fail" }

func read(file io.Reader) (map[string]*result, []string, error) {
	results, order := map[string]*result{}, []string{}
	decoder := json.NewDecoder(file)
	for {
		var e event
		if err := decoder.Decode(&e); errors.Is(err, io.EOF) {
			blame(results)
			return results, order, nil
		} else if err != nil {
			return nil, nil, err
		}
		key := e.ImportPath + e.Package + " " + e.Test
		r := results[key]
		if r == nil {
			r = &result{event: e}
			results[key], order = r, append(order, key)
			if holder := results[outer(key)]; holder != nil {
				holder.holds = true
			}
		}
		if e.Output != "" {
			r.output.WriteString(e.Output)
			continue
		}
		r.event = e
		if r.ended() {
			r.print(key)
		}
	}
}

// blame tells each test and package that something within it has failed.
func blame(results map[string]*result) {
	for key, r := range results {
		for above := outer(key); above != "" && !r.good(); above = outer(above) {
			if holder := results[above]; holder != nil {
				holder.blamed = true
			}
		}
	}
}

// outer is the key of what holds a test: of its test, of its package, of nothing.
func outer(key string) string {
	name, test, _ := strings.Cut(key, " ")
	if test == "" {
		return ""
	}
	return name + " " + test[:max(0, strings.LastIndex(test, "/"))]
}

func (r *result) print(key string) {
	name := strings.TrimPrefix(strings.TrimSpace(key), "gpuslice.dev/e2e/")
	switch output := r.output.String(); {
	case !r.good():
		fmt.Printf("FAIL %s\n%s", name, output)
	case r.Action == "skip" && r.Test != "":
		fmt.Printf("skip %s\n%s", name, output)
	case r.Test == "":
		printLines(output, "control plane")
	default:
		if !r.holds {
			fmt.Printf("ok   %s (%.1f s)\n", name, r.Elapsed)
		}
		printLines(output, "_test.go:")
	}
}

// printLines prints the lines that hold a mark: the figures of a test that passed.
func printLines(output, mark string) {
	for line := range strings.Lines(output) {
		if strings.Contains(line, mark) {
			fmt.Printf("     %s\n", strings.TrimSpace(line))
		}
	}
}
