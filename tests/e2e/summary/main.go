// Command summary reads what `go test -json` wrote: it prints the tests as they ended, what the failed ones printed, and
// at last one line, N passed, M failed. Tests that hold subtests are not counted beside them, unless they fail by
// themselves; nor are packages.
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
	if len(os.Args) != 2 {
		fail("usage: summary FILE")
	}
	file, err := os.Open(os.Args[1])
	if err != nil {
		fail(err)
	}
	results, order, err := read(file)
	if err != nil {
		fail(err)
	}
	passed, failed := 0, 0
	for _, key := range order {
		r := results[key]
		print(key, r)
		switch {
		case r.good() && r.Test != "" && !r.holds && r.Action == "pass":
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

func fail(why any) {
	fmt.Fprintln(os.Stderr, why)
	os.Exit(2)
}

// A test that has not ended, since its program has, is not good.
func (r *result) good() bool { return r.Action == "pass" || r.Action == "skip" }

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
		if results[key] == nil {
			results[key] = &result{event: e}
			order = append(order, key)
		}
		r := results[key]
		if e.Output != "" {
			r.output.WriteString(e.Output)
		} else {
			r.event = e
		}
	}
}

// blame tells each test and package what is within it.
func blame(results map[string]*result) {
	for key, r := range results {
		for above := outer(key); above != ""; above = outer(above) {
			if holder := results[above]; holder != nil {
				holder.holds = true
				holder.blamed = holder.blamed || !r.good()
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

func print(key string, r *result) {
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
