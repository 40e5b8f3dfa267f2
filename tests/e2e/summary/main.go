// Command summary reads the output of `go test -json`. It prints each test when it ends, with its output if it failed
// or was skipped, and finally the line "N passed, M failed". A package, or a test with subtests, is counted only if it
// fails although nothing within it has failed.
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

// result is the last event and the output of a test, of a package (Test is empty) or of a build (Package is empty,
// too).
type result struct {
	event
	output strings.Builder
	holds  bool // it has subtests or, if a package, tests
	blamed bool // something within it has failed
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
			r.print(key) // the test program ended before the test
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

// blame marks each test and package within which something has failed.
func blame(results map[string]*result) {
	for key, r := range results {
		for above := outer(key); above != "" && !r.good(); above = outer(above) {
			if holder := results[above]; holder != nil {
				holder.blamed = true
			}
		}
	}
}

// outer is the key of the parent test or, for a top-level test, of the package. It is "" for a package or a build.
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

// printLines prints the lines that contain mark, such as the figures of a test that passed.
func printLines(output, mark string) {
	for line := range strings.Lines(output) {
		if strings.Contains(line, mark) {
			fmt.Printf("     %s\n", strings.TrimSpace(line))
		}
	}
}
