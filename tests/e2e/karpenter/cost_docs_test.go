package karpenter

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gpuslice.dev/e2e/cluster"
)

func (b bill) String() string {
	return fmt.Sprintf("%d nodes, %d GPUs, $%.2f", b.Nodes, b.GPUs, b.DollarsAnHour)
}

// checkDocs fails if docs/karpenter.md or README.md has other figures than were measured.
func checkDocs(t *testing.T, measured []comparison) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(plane.Root, "docs/karpenter.md"))
	cluster.Must(t, err)
	readme, err := os.ReadFile(filepath.Join(plane.Root, "README.md"))
	cluster.Must(t, err)
	for _, demand := range measured {
		share := fmt.Sprintf("%.0f%%", 100*demand.Slices.DollarsAnHour/demand.Whole.DollarsAnHour)
		cells := rowAbout(string(page), demand.counts)
		for i, figure := range []string{demand.Whole.String(), demand.Slices.String(), share} {
			if len(cells) != 3 || !withinFigures(cells[i], figure) {
				t.Errorf("%s: docs/karpenter.md has %q, and %s was measured", demand.Demand, cells, figure)
			}
		}
		change := fmt.Sprintf("from $%.2f to $%.2f", demand.Whole.DollarsAnHour, demand.Slices.DollarsAnHour)
		if len(demand.counts) == 1 && !strings.Contains(string(readme), change) {
			t.Errorf("%s: README.md does not say %q, which was measured", demand.Demand, change)
		}
	}
}

var (
	number  = regexp.MustCompile(`[0-9.]+`)
	between = regexp.MustCompile(`\$?([0-9.]+)%? to (\$?)([0-9.]+)`)
)

// withinFigures reports whether a cell of the table has the figures that were measured. Karpenter packs pods of several classes
// differently from run to run, so a cell may give a range instead of a number: "17 to 18 nodes, $139.40 to $194.44".
func withinFigures(cell, measured string) bool {
	figures := number.FindAllString(measured, -1)
	ranges := between.FindAllStringSubmatch(cell, -1)
	if len(ranges) == 0 {
		return cell == measured
	}
	if len(ranges) != len(figures) || between.ReplaceAllString(cell, "${2}0") != number.ReplaceAllString(measured, "0") {
		return false
	}
	for i, one := range ranges {
		low, _ := strconv.ParseFloat(one[1], 64)
		high, _ := strconv.ParseFloat(one[3], 64)
		figure, _ := strconv.ParseFloat(figures[i], 64)
		if figure < low || figure > high {
			return false
		}
	}
	return true
}

func TestRangesInTheDocsCoverWhatWasMeasured(t *testing.T) {
	for _, one := range []struct {
		cell, measured string
		expected       bool
	}{
		{"2 nodes, 3 GPUs, $4.50", "2 nodes, 3 GPUs, $4.50", true},
		{"2 nodes, 3 GPUs, $4.50", "2 nodes, 3 GPUs, $4.51", false},
		{"2 to 4 nodes, 3 to 5 GPUs, $4.50 to $9.00", "3 nodes, 5 GPUs, $4.50", true},
		{"2 to 4 nodes, 3 to 5 GPUs, $4.50 to $9.00", "5 nodes, 5 GPUs, $4.50", false},
		{"2 to 4 nodes, 3 to 5 GPUs, $4.50 to $9.00", "3 nodes, 5 GPUs, $4.49", false},
		{"2 to 4 nodes, $4.50 to $9.00", "3 nodes, 5 GPUs, $4.50", false},
		{"33% to 47%", "35%", true},
		{"33% to 47%", "48%", false},
	} {
		if withinFigures(one.cell, one.measured) != one.expected {
			t.Errorf("%q covers %q: not %v", one.cell, one.measured, one.expected)
		}
	}
}

// rowAbout returns the cells after the first of the row whose first cell names exactly these classes.
func rowAbout(page string, counts map[string]int) []string {
	for line := range strings.Lines(page) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		names := 0
		for class, count := range counts {
			if strings.Contains(cells[0], fmt.Sprintf("%d `%s`", count, class)) ||
				strings.Contains(cells[0], fmt.Sprintf("%d pods of `%s`", count, class)) {
				names++
			}
		}
		if names == len(counts) {
			return cells[1:]
		}
	}
	return nil
}

func TestFiguresInTheDocsAreFound(t *testing.T) {
	page := "| 100 pods of `a` | 1 nodes, 1 GPUs, $1.00 | 2 nodes |\n| 100 pods of two classes: 40 `a`, 60 `b` | x or y | z |\n"
	for _, one := range []struct {
		counts   map[string]int
		expected []string
	}{
		{map[string]int{"a": 100}, []string{"1 nodes, 1 GPUs, $1.00", "2 nodes"}},
		{map[string]int{"a": 40, "b": 60}, []string{"x or y", "z"}},
		{map[string]int{"a": 10}, nil},
	} {
		if found := rowAbout(page, one.counts); !slices.Equal(found, one.expected) {
			t.Errorf("%v: %q", one.counts, found)
		}
	}
}
