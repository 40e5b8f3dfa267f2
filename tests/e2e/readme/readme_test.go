// Package readme starts a control plane of its own, and runs there those blocks of README.md that need a cluster. The
// first of them is `helm install`.
//
// All objects that the blocks create in the API server are real. kwok simulates the nodes and the pods on them: the
// chart's replicas count as ready, but do not run. A `gpuslice serve` of the test answers instead.
package readme

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"gpuslice.dev/e2e/cluster"
)

const blocks = 4 // the number of blocks that need a cluster

var plane *cluster.Cluster

func TestMain(m *testing.M) {
	os.Exit(cluster.Run(m, cluster.Options{Name: "readme"}, func(c *cluster.Cluster) error {
		plane = c
		definitions, err := filepath.Glob(filepath.Join(c.Share("karpenter-aws-crds"), "*.yaml"))
		if err == nil {
			err = c.InstallCRDs(definitions...)
		}
		if err == nil {
			_, err = c.StartKwok()
		}
		return errors.Join(err, makeNodes(), makeNamespace("gpu-operator"))
	}))
}

// makeNodes makes a node for each replica of the chart.
func makeNodes() error {
	for _, name := range []string{"plain-0", "plain-1"} {
		node := &corev1.Node{ObjectMeta: metav1.ObjectMeta{Name: name,
			Annotations: map[string]string{"kwok.x-k8s.io/node": "fake"},
			Labels:      map[string]string{"kubernetes.io/os": "linux", "kubernetes.io/hostname": name}}}
		if _, err := plane.Client.CoreV1().Nodes().Create(context.Background(), node, metav1.CreateOptions{}); err != nil {
			return err
		}
	}
	return nil
}

func makeNamespace(name string) error {
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	_, err := plane.Client.CoreV1().Namespaces().Create(context.Background(), namespace, metav1.CreateOptions{})
	return err
}

func TestBlocksOfTheReadme(t *testing.T) {
	folder := newFolder(t)
	for number := 1; number <= blocks; number++ {
		runBlock(t, number, folder)
		if number == 1 {
			startInPlaceOfTheReplicas(t)
		}
	}
	if err := script(blocks+1, folder).Run(); err == nil || err.(*exec.ExitError).ExitCode() != 3 {
		t.Errorf("README.md has more than %d blocks that need a cluster: %v", blocks, err)
	}
}

// newFolder returns a folder with the parts of the repository that the blocks use, and puts the programs into PATH and
// the kubeconfig into KUBECONFIG.
func newFolder(t *testing.T) string {
	t.Helper()
	folder, programs := t.TempDir(), t.TempDir()
	gpuslice, err := filepath.Abs(os.Getenv("GPUSLICE_BIN"))
	cluster.Must(t, err)
	for link, target := range map[string]string{
		filepath.Join(folder, "charts"):     filepath.Join(plane.Root, "charts"),
		filepath.Join(folder, "policies"):   filepath.Join(plane.Root, "policies"),
		filepath.Join(programs, "gpuslice"): gpuslice,
		filepath.Join(programs, "kubectl"):  plane.Program("kubectl"),
		filepath.Join(programs, "helm"):     filepath.Join(plane.Root, "build/tools/helm"),
	} {
		cluster.Must(t, os.Symlink(target, link))
	}
	t.Setenv("PATH", programs+":"+os.Getenv("PATH"))
	t.Setenv("KUBECONFIG", plane.Kubeconfig)
	return folder
}

func script(number int, folder string) *exec.Cmd {
	return exec.Command(filepath.Join(plane.Root, "tests/readme.sh"), "cluster", strconv.Itoa(number), folder)
}

func runBlock(t *testing.T, number int, folder string) {
	t.Helper()
	if output, err := script(number, folder).CombinedOutput(); err != nil {
		t.Fatalf("block %d that needs a cluster: %v\n%s", number, err, output)
	}
}

// startInPlaceOfTheReplicas deletes the webhook configurations of the chart, whose Service the API server cannot reach,
// and starts and registers a `gpuslice serve` of the test.
func startInPlaceOfTheReplicas(t *testing.T) {
	t.Helper()
	output := plane.Kubectl(t, "", "delete", "mutatingwebhookconfigurations,validatingwebhookconfigurations", "--all")
	if !output.OK {
		t.Fatal(output.Stderr)
	}
	hook, err := plane.StartWebhook(cluster.WebhookOptions{})
	cluster.Must(t, err)
	t.Cleanup(hook.Stop)
}
