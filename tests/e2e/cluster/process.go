package cluster

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Process is a program that was started, with its output in a file.
type Process struct {
	Name string
	Log  string // path of what it printed; a restart appends
	cmd  *exec.Cmd
	done chan struct{}
}

// The kernel kills a child when the thread that started it ends, whatever ended the test: a panic, a timeout, kill -9.
// Hence one thread that starts all of them and never ends.
var starts = make(chan func())

func init() {
	go func() {
		runtime.LockOSThread()
		for start := range starts {
			start()
		}
	}()
}

var (
	runningLock sync.Mutex
	running     []*Process
	temporary   []string // folders
)

// StartProgram runs a program that is no part of a control plane, with its output in logs/NAME.log.
func StartProgram(name, logs string, argv ...string) (*Process, error) {
	return startProcess(name, logs, nil, argv...)
}

// startProcess runs a program with its output appended to logs/NAME.log. env is added to the environment.
func startProcess(name, logs string, env []string, argv ...string) (*Process, error) {
	path := filepath.Join(logs, name+".log")
	out, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, err
	}
	defer out.Close()
	p := &Process{Name: name, Log: path, cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), env...)
	p.cmd.Stdout, p.cmd.Stderr = out, out
	// A group of its own: Ctrl-C is for the test alone, which ends them in order.
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	result := make(chan error)
	starts <- func() { result <- p.cmd.Start() }
	if err := <-result; err != nil {
		return nil, fmt.Errorf("start %s: %w", name, err)
	}
	runningLock.Lock()
	running = append(running, p)
	runningLock.Unlock()
	go func() {
		_ = p.cmd.Wait()
		close(p.done)
	}()
	return p, nil
}

// PID is the id of the process.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Alive says whether it still runs.
func (p *Process) Alive() bool {
	select {
	case <-p.done:
		return false
	default:
		return true
	}
}

// Signal sends a signal, and does nothing if the process has ended.
func (p *Process) Signal(signal os.Signal) { _ = p.cmd.Process.Signal(signal) }

// Wait waits until the process has ended by itself.
func (p *Process) Wait(limit time.Duration) error {
	select {
	case <-p.done:
		return nil
	case <-time.After(limit):
		return fmt.Errorf("%s runs still after %s", p.Name, limit)
	}
}

// Stop ends the process: SIGTERM, and SIGKILL if it has not ended in half a minute.
func (p *Process) Stop() {
	if p == nil {
		return
	}
	p.Signal(syscall.SIGTERM)
	if p.Wait(30*time.Second) != nil {
		p.Kill()
	}
	runningLock.Lock()
	running = slices.DeleteFunc(running, func(other *Process) bool { return other == p })
	runningLock.Unlock()
}

// Kill ends the process at once.
func (p *Process) Kill() {
	p.Signal(syscall.SIGKILL)
	<-p.done
}

// Tail returns the last lines that the process printed.
func (p *Process) Tail(lines int) string { return tail(p.Log, lines) }

func tail(path string, lines int) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	all := strings.Split(strings.TrimRight(string(text), "\n"), "\n")
	all = all[max(0, len(all)-lines):]
	for i := range all {
		all[i] = all[i][:min(500, len(all[i]))]
	}
	return strings.Join(all, "\n")
}

// stopAll ends whatever still runs, the last started first.
func stopAll() {
	runningLock.Lock()
	left := slices.Clone(running)
	runningLock.Unlock()
	for _, p := range slices.Backward(left) {
		p.Stop()
	}
}

// killAll ends whatever still runs without waiting for it, and removes temporary files.
func killAll() {
	runningLock.Lock()
	defer runningLock.Unlock()
	for _, p := range running {
		p.Kill()
	}
	for _, dir := range temporary {
		_ = os.RemoveAll(dir)
	}
}

// eventually asks until the answer is nil, or the process that is waited for has ended, or the time is over.
func eventually(limit time.Duration, p *Process, ask func() error) error {
	err := errors.New("not asked yet")
	for deadline := time.Now().Add(limit); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		if err = ask(); err == nil {
			return nil
		}
		if p != nil && !p.Alive() {
			return fmt.Errorf("%s ended: %s", p.Name, p.Tail(15))
		}
	}
	return fmt.Errorf("after %s: %w", limit, err)
}
