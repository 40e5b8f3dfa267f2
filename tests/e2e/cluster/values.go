package cluster

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// UseValues registers the webhook as the chart renders it with these values, given as YAML, until the test ends.
// Running replicas keep their arguments.
func (w *Webhook) UseValues(t testing.TB, values string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	Must(t, os.WriteFile(file, []byte(values), 0o644))
	before := w.chart
	chart, err := w.cluster.Render(file)
	Must(t, err)
	w.chart = chart
	t.Cleanup(func() {
		w.chart = before
		Must(t, w.Register(nil))
	})
	Must(t, w.Register(nil))
}

// AddPolicy adds a file to the folder of policies until the test ends.
func (w *Webhook) AddPolicy(t testing.TB, name, text string) {
	t.Helper()
	file := filepath.Join(w.Policies, name)
	if _, err := os.Stat(file); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("%s exists already: %v", file, err)
	}
	Must(t, os.WriteFile(file, []byte(text), 0o644))
	t.Cleanup(func() { Must(t, os.Remove(file)) })
}

// UsePolicies restarts all replicas with the policies of another folder, until the test ends.
func (w *Webhook) UsePolicies(t testing.TB, dir string) {
	t.Helper()
	before := w.Policies
	restart := func(policies string) {
		w.Policies = policies
		Must(t, w.Restart(w.files, nil, w.args...))
	}
	t.Cleanup(func() { restart(before) })
	restart(dir)
}
