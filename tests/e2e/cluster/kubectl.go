package cluster

import (
	"context"
	"errors"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Output is what a command printed, and whether it succeeded.
type Output struct {
	Stdout, Stderr string
	OK             bool
}

// Kubectl runs kubectl as the administrator, with stdin.
func (c *Cluster) Kubectl(t testing.TB, stdin string, args ...string) Output {
	t.Helper()
	return c.KubectlAs(t, c.Kubeconfig, stdin, args...)
}

// KubectlAs runs kubectl with a kubeconfig, for up to two minutes.
func (c *Cluster) KubectlAs(t testing.TB, kubeconfig, stdin string, args ...string) Output {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	args = append([]string{"--kubeconfig", kubeconfig, "--cache-dir", c.file("kubectl")}, args...)
	return run(ctx, t, exec.CommandContext(ctx, c.Program("kubectl"), args...), stdin)
}

// Gpuslice runs the gpuslice program, for up to two minutes.
func (c *Cluster) Gpuslice(t testing.TB, stdin string, args ...string) Output {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	return run(ctx, t, exec.CommandContext(ctx, c.gpuslice(), args...), stdin)
}

func run(ctx context.Context, t testing.TB, command *exec.Cmd, stdin string) Output {
	t.Helper()
	var stdout, stderr strings.Builder
	command.Stdin, command.Stdout, command.Stderr = strings.NewReader(stdin), &stdout, &stderr
	err := command.Run()
	if exit := new(exec.ExitError); ctx.Err() != nil || err != nil && !errors.As(err, &exit) {
		t.Fatalf("%s: %v: %s", command, err, stderr.String())
	}
	return Output{Stdout: stdout.String(), Stderr: stderr.String(), OK: err == nil}
}
