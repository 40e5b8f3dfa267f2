// Package cluster runs a real Kubernetes control plane on loopback, without containers: etcd, kube-apiserver,
// kube-controller-manager and kube-scheduler. gpuslice as the webhook, kwok and Karpenter are started on demand. Linux
// only.
//
// The kernel chooses ports. Every process ends when the test program ends, even if the test program is killed. Logs
// stay in build/e2e/logs.
package cluster

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/discovery/cached/memory"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/restmapper"
	"k8s.io/client-go/tools/clientcmd"
)

const (
	startLimit = 3 * time.Minute // a slow machine, all cores busy
	adminToken = "admin-of-the-tests"
)

// Options configure a cluster.
type Options struct {
	Name             string   // names the folder of logs: build/e2e/logs/NAME
	NoControllers    bool     // start neither controller manager nor scheduler
	AdmissionPlugins []string // further admission plugins for the API server to enable
	APIServerFlags   []string // further flags of the API server
}

// Cluster is a running control plane.
type Cluster struct {
	Options
	Root       string // the repository
	Dir        string // temporary files: data, keys, kubeconfigs
	Logs       string // the folder of every process's output, and of audit.log
	Kubeconfig string // of the administrator
	URL        string // of the API server
	Config     *rest.Config
	Client     kubernetes.Interface
	Dynamic    dynamic.Interface
	mapper     *restmapper.DeferredDiscoveryRESTMapper

	apiPort     int
	etcdPort    int
	etcd        *Process
	api         *Process
	controllers *Process
	scheduler   *Process
}

// Start starts a control plane and waits until it is ready. On an error nothing is left running.
func Start(options Options) (*Cluster, error) {
	c := &Cluster{Options: options}
	if err := c.start(); err != nil {
		c.Stop()
		return nil, err
	}
	return c, nil
}

func (c *Cluster) start() error {
	var err error
	if c.Root, err = repository(); err != nil {
		return err
	}
	if c.Dir, err = os.MkdirTemp("", "gpuslice-e2e-"); err != nil {
		return err
	}
	runningLock.Lock()
	temporary = append(temporary, c.Dir)
	runningLock.Unlock()
	c.Logs = filepath.Join(c.Root, "build/e2e/logs", c.Name)
	if err := errors.Join(os.RemoveAll(c.Logs), os.MkdirAll(c.Logs, 0o755)); err != nil {
		return err
	}
	if err := c.writeFiles(); err != nil {
		return err
	}
	for _, step := range []func() error{c.startEtcd, c.StartAPIServer, c.startControllers, c.startScheduler} {
		if err := step(); err != nil {
			return err
		}
	}
	return c.waitForDefaults()
}

// Stop ends the control plane and removes its temporary files. Logs stay.
func (c *Cluster) Stop() {
	for _, p := range []*Process{c.scheduler, c.controllers, c.api, c.etcd} {
		p.Stop()
	}
	if c.Dir != "" {
		_ = os.RemoveAll(c.Dir)
	}
}

// Program is the path of a program that build.sh made.
func (c *Cluster) Program(name string) string { return filepath.Join(c.Root, "build/e2e/bin", name) }

// Share is the path of a folder of files that build.sh took out of a module.
func (c *Cluster) Share(name string) string { return filepath.Join(c.Root, "build/e2e/share", name) }

// TestFile is the path of a file of testdata.
func (c *Cluster) TestFile(name string) string {
	return filepath.Join(c.Root, "tests/e2e/testdata", name)
}

// repository finds the root of the repository from the folder of the test.
func repository() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; dir != "/"; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "webhook/cmd/main.c")); err == nil {
			return dir, nil
		}
	}
	return "", errors.New("the test does not run within the repository")
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer listener.Close()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func (c *Cluster) startEtcd() error {
	peer, err := freePort()
	if err != nil {
		return err
	}
	if c.etcdPort, err = freePort(); err != nil {
		return err
	}
	client := fmt.Sprintf("http://127.0.0.1:%d", c.etcdPort)
	peers := fmt.Sprintf("http://127.0.0.1:%d", peer)
	c.etcd, err = startProcess("etcd", c.Logs, nil, c.Program("etcd"), "--unsafe-no-fsync",
		"--data-dir="+filepath.Join(c.Dir, "etcd"), "--listen-client-urls="+client, "--advertise-client-urls="+client,
		"--listen-peer-urls="+peers, "--initial-advertise-peer-urls="+peers, "--initial-cluster=default="+peers,
		"--log-level=warn")
	if err != nil {
		return err
	}
	return eventually(startLimit, c.etcd, func() error {
		connection, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(c.etcdPort))
		if err == nil {
			_ = connection.Close()
		}
		return err
	})
}

// StartAPIServer starts the API server, on the same port as before if it was stopped, and waits until it is ready.
func (c *Cluster) StartAPIServer() error {
	if c.apiPort == 0 {
		port, err := freePort()
		if err != nil {
			return err
		}
		c.apiPort = port
		c.URL = fmt.Sprintf("https://127.0.0.1:%d", port)
		if err := c.makeClients(); err != nil {
			return err
		}
	}
	if err := eventually(startLimit, nil, c.apiPortIsFree); err != nil {
		return err
	}
	argv := append([]string{c.Program("kube-apiserver"),
		fmt.Sprintf("--etcd-servers=http://127.0.0.1:%d", c.etcdPort),
		"--bind-address=127.0.0.1", "--advertise-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", c.apiPort),
		"--tls-cert-file=" + c.file("api.crt"), "--tls-private-key-file=" + c.file("api.key"),
		"--authorization-mode=RBAC", "--token-auth-file=" + c.file("tokens.csv"),
		"--service-account-issuer=https://kubernetes.default.svc",
		"--service-account-key-file=" + c.file("sa.pub"), "--service-account-signing-key-file=" + c.file("sa.key"),
		"--service-cluster-ip-range=10.96.0.0/16", "--endpoint-reconciler-type=none",
		"--disable-admission-plugins=TaintNodesByCondition",
		"--audit-policy-file=" + c.file("audit-policy.yaml"), "--audit-log-path=" + filepath.Join(c.Logs, "audit.log"),
		"--audit-log-mode=blocking", "--shutdown-watch-termination-grace-period=1s"}, c.APIServerFlags...)
	for _, plugin := range c.AdmissionPlugins {
		argv = append(argv, "--enable-admission-plugins="+plugin)
	}
	var err error
	if c.api, err = startProcess("kube-apiserver", c.Logs, nil, argv...); err != nil {
		return err
	}
	return eventually(startLimit, c.api, func() error {
		_, err := c.Raw("/readyz")
		return err
	})
}

// StopAPIServer ends the API server with SIGTERM; etcd keeps running.
func (c *Cluster) StopAPIServer() { c.api.Stop() }

// KillAPIServer ends the API server with SIGKILL; etcd keeps running.
func (c *Cluster) KillAPIServer() { c.api.Kill() }

func (c *Cluster) apiPortIsFree() error {
	listener, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(c.apiPort))
	if err == nil {
		_ = listener.Close()
	}
	return err
}

func (c *Cluster) makeClients() error {
	c.Kubeconfig = c.file("admin.kubeconfig")
	if err := c.WriteKubeconfig(c.Kubeconfig, adminToken); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", c.Kubeconfig)
	if err != nil {
		return err
	}
	config.QPS = -1 // no limit
	config.WarningHandler = rest.NoWarnings{}
	c.Config = config
	if c.Client, err = kubernetes.NewForConfig(config); err != nil {
		return err
	}
	if c.Dynamic, err = dynamic.NewForConfig(config); err != nil {
		return err
	}
	c.mapper = restmapper.NewDeferredDiscoveryRESTMapper(memory.NewMemCacheClient(c.Client.Discovery()))
	return nil
}

// WithWarnings returns a view of the cluster whose Dynamic client passes the API server's warnings to a handler.
func (c *Cluster) WithWarnings(handler rest.WarningHandler) (*Cluster, error) {
	config := rest.CopyConfig(c.Config)
	config.WarningHandler = handler
	view := *c
	var err error
	view.Dynamic, err = dynamic.NewForConfig(config)
	return &view, err
}

func (c *Cluster) startControllers() error {
	if c.NoControllers {
		return nil
	}
	var err error
	c.controllers, err = startProcess("kube-controller-manager", c.Logs, nil, c.Program("kube-controller-manager"),
		"--kubeconfig="+c.Kubeconfig, "--leader-elect=false", "--secure-port=0", "--controllers=*,-nodeipam,-nodelifecycle",
		"--root-ca-file="+c.file("api-ca.crt"), "--service-account-private-key-file="+c.file("sa.key"),
		"--kube-api-qps=500", "--kube-api-burst=500")
	return err
}

func (c *Cluster) startScheduler() error {
	if c.NoControllers {
		return nil
	}
	var err error
	c.scheduler, err = startProcess("kube-scheduler", c.Logs, nil, c.Program("kube-scheduler"),
		"--kubeconfig="+c.Kubeconfig, "--leader-elect=false", "--secure-port=0",
		"--kube-api-qps=500", "--kube-api-burst=500")
	return err
}

// waitForDefaults waits for the namespace default and, unless NoControllers is set, for its service account, without
// which no pod can be created there.
func (c *Cluster) waitForDefaults() error {
	return eventually(startLimit, c.controllers, func() error {
		_, err := c.Client.CoreV1().Namespaces().Get(context.Background(), "default", metav1.GetOptions{})
		if err != nil || c.NoControllers {
			return err
		}
		_, err = c.Client.CoreV1().ServiceAccounts("default").Get(context.Background(), "default", metav1.GetOptions{})
		return err
	})
}

// Raw gets a path of the API server, such as /readyz or /metrics, and returns the body.
func (c *Cluster) Raw(path string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	return c.Client.Discovery().RESTClient().Get().AbsPath(path).DoRaw(ctx)
}
