package webhook

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/kubernetes/scheme"

	"gpuslice.dev/e2e/cluster"
)

// bypassSpace is a kind of namespace: a column of the tables in docs/bypass.md.
type bypassSpace struct {
	title    string
	labels   map[string]string
	enabled  bool // else required
	guarded  bool // every pod is sent to the webhook, and the policy guards visible devices
	name     string
	existing *corev1.Pod // a plain pod that runs there
}

func bypassSpaces(t *testing.T) []*bypassSpace {
	all := func(inject string) map[string]string {
		return map[string]string{"gpuslice.dev/inject": inject, "gpuslice.dev/pods": "all", "team-tier": "guarded"}
	}
	spaces := []*bypassSpace{
		{title: "`enabled`", labels: map[string]string{"gpuslice.dev/inject": "enabled"}, enabled: true},
		{title: "`required`", labels: required},
		{title: "`enabled`, guarded", labels: all("enabled"), enabled: true, guarded: true},
		{title: "`required`, guarded", labels: all("required"), guarded: true},
	}
	for _, space := range spaces {
		space.name = plane.NewNamespace(t, space.labels, nil)
		space.existing = mustCreate(t, space.name, newPod("existing", "", 0))
	}
	return spaces
}

// bypassState says whether the webhook answers and whether the guard policy is installed.
type bypassState struct{ up, guard bool }

// A verdict has a letter for each of these states, in this order.
var bypassStates = []bypassState{{true, false}, {true, true}, {false, false}, {false, true}}

// bypassNames are the gpuResources of SliceSettings and of the chart's values: as many as are allowed, so that the
// conditions of the guard and of the registration cost as much as they can.
func bypassNames() string {
	names := []string{"nvidia.com/a100", `"example.com/GRID_*"`}
	for i := len(names); i < 32; i++ {
		names = append(names, fmt.Sprintf("vendor-%d.example.com/gpu", i))
	}
	return "gpuResources: [" + strings.Join(names, ", ") + "]"
}

// Tries each trick in each kind of namespace and in each state. docs/bypass.md must list the results, and
// docs/policies.md must name each known limit in the same words.
func TestBypassMatrix(t *testing.T) {
	hook.AddPolicy(t, "settings.yaml", "apiVersion: gpuslice.dev/v1alpha1\nkind: SliceSettings\nmetadata: {name: default}\nspec: {"+bypassNames()+"}\n")
	hook.UseValues(t, bypassNames()+"\n")
	spaces := bypassSpaces(t)
	further := newPod("further", "example.com/GRID_T4-1Q", 1)
	cluster.Eventually(t, func() error { // until both webhook and API server use the names
		pod, err := createDry(spaces[1].name, further)
		if err == nil && !slices.Equal(holders(pod), []string{"main nvidia.com/gpu=1"}) {
			err = errors.New("a further GPU resource does not count yet")
		}
		return err
	})
	found := newBypassTable()
	t.Run("the webhook answers", func(t *testing.T) {
		found.try(t, spaces, 0)
		t.Run("with the guard", func(t *testing.T) {
			installGuard(t, spaces[0].name)
			found.try(t, spaces, 1)
		})
	})
	t.Run("the webhook is down", func(t *testing.T) {
		takeDown(t)
		found.try(t, spaces, 2)
		t.Run("with the guard", func(t *testing.T) {
			installGuard(t, spaces[0].name)
			found.try(t, spaces, 3)
		})
	})
	for i, trick := range bypassTricks {
		if found.rows[i] != trick.verdicts {
			t.Errorf("%s: %s\nwanted %q\n     is %q\n%s", trick.group, trick.name, trick.verdicts, found.rows[i], strings.Join(found.seen[i], "\n"))
		}
	}
	compareBypassDocs(t, spaces, bypassTricks)
}

// bypassTable has for each trick the letters of each namespace, and lines that explain the letters.
type bypassTable struct {
	rows []verdicts
	seen [][]string
}

func newBypassTable() *bypassTable {
	return &bypassTable{make([]verdicts, len(bypassTricks)), make([][]string, len(bypassTricks))}
}

// try runs every trick as a dry run in every namespace.
func (table *bypassTable) try(t *testing.T, spaces []*bypassSpace, state int) {
	t.Helper()
	var workers sync.WaitGroup
	var lock sync.Mutex
	queue := make(chan int)
	for range 6 {
		workers.Go(func() {
			for i := range queue {
				for s, space := range spaces {
					letter, seen := bypassTricks[i].try(space, bypassStates[state])
					lock.Lock()
					table.rows[i][s] += letter
					if seen != "" {
						table.seen[i] = append(table.seen[i], fmt.Sprintf("  %s %+v: %.200s", space.title, bypassStates[state], seen))
					}
					lock.Unlock()
				}
			}
		})
	}
	for i := range bypassTricks {
		queue <- i
	}
	close(queue)
	workers.Wait()
}

func (trick bypassTrick) try(space *bypassSpace, state bypassState) (letter, seen string) {
	began := time.Now()
	var pod *corev1.Pod
	var err error
	if trick.change != nil {
		pod, err = trick.change(space.existing.DeepCopy())
	} else {
		pod, err = post(space.name, trick.pod())
	}
	if took := time.Since(began); took > time.Second && os.Getenv("BYPASS_TIMES") != "" {
		fmt.Printf("%v %v %s %s\n", took, state, space.title, trick.name)
	}
	return judgePassage(pod, err, space, state)
}

// post creates a pod from YAML or JSON as a dry run.
func post(namespace, text string) (*corev1.Pod, error) {
	body, err := yaml.ToJSON([]byte(text))
	if strings.HasPrefix(text, `{"`) { // JSON is sent unchanged: it may have duplicate keys
		body, err = []byte(text), nil
	}
	if err != nil {
		return nil, err
	}
	pod := &corev1.Pod{}
	options := &metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	err = plane.Client.CoreV1().RESTClient().Post().Namespace(namespace).Resource("pods").VersionedParams(options, scheme.ParameterCodec).
		SetHeader("Content-Type", "application/json").Body(body).Do(context.Background()).Into(pod)
	return pod, err
}

// -- docs/bypass.md

const bypassHead = `# Ways around a policy

The test ` + "`tests/e2e/webhook/bypass_test.go`" + ` writes this page. It tries each row on a real API server in four kinds of namespace: ` + "`enabled`" + ` and ` + "`required`" + `, each plain and guarded.
A guarded namespace has the label ` + "`gpuslice.dev/pods: all`" + ` and a policy with ` + "`visibleDevices: guard`" + `; a plain one has the shipped policy ` + "`default`" + `.

Each cell has four letters, one for each state, in this order:

1. the webhook answers
2. the webhook answers, and the [guard policy](rendering.md#the-guard) is installed
3. the webhook is down
4. the webhook is down, and the guard policy is installed

| letter | meaning |
|---|---|
| R | refused |
| S | admitted with slices of a class that the namespace may have and no other GPU, and placed on the pools of that class |
| N | admitted without a GPU |
`

func compareBypassDocs(t *testing.T, spaces []*bypassSpace, tricks []bypassTrick) {
	t.Helper()
	var text bytes.Buffer
	text.WriteString(bypassHead)
	for _, letter := range slices.Sorted(maps.Keys(bypassLimits)) {
		fmt.Fprintf(&text, "| %s | admitted, a known limit: %s |\n", letter, bypassLimits[letter])
	}
	group := ""
	for _, trick := range tricks {
		if trick.group != group {
			group = trick.group
			fmt.Fprintf(&text, "\n## %s\n\n| an author writes |", group)
			for _, space := range spaces {
				fmt.Fprintf(&text, " %s |", space.title)
			}
			text.WriteString("\n|---|---|---|---|---|\n")
		}
		fmt.Fprintf(&text, "| %s |", trick.name)
		for _, letters := range trick.verdicts {
			fmt.Fprintf(&text, " %s |", letters)
		}
		text.WriteString("\n")
	}
	file := filepath.Join(plane.Root, "docs/bypass.md")
	if os.Getenv("BYPASS_UPDATE") != "" {
		cluster.Must(t, os.WriteFile(file, text.Bytes(), 0o644))
	}
	if written, err := os.ReadFile(file); err != nil || !bytes.Equal(written, text.Bytes()) {
		t.Errorf("%s differs from the results; BYPASS_UPDATE=1 rewrites it: %v", file, err)
	}
	policies, err := os.ReadFile(filepath.Join(plane.Root, "docs/policies.md"))
	cluster.Must(t, err)
	for letter, limit := range bypassLimits {
		if !strings.Contains(string(policies), limit) {
			t.Errorf("docs/policies.md lacks limit %s: %s", letter, limit)
		}
		if !slices.ContainsFunc(tricks, func(trick bypassTrick) bool { return strings.Contains(strings.Join(trick.verdicts[:], ""), letter) }) {
			t.Errorf("no trick shows limit %s: %s", letter, limit)
		}
	}
}
