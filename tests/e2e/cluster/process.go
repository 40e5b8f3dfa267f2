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

// Process is a started program whose output goes to a file.
type Process struct {
	Name string
	Log  string // path of its output; a restart appends
	cmd  *exec.Cmd
	done chan struct{}
}

// Pdeathsig makes the kernel kill a child when the thread that started it ends, even if the test ends by a panic, a
// timeout or kill -9. Therefore all processes are started by one thread, which lives as long as the test.
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

// StartProgram starts a program that is not part of a control plane, with its output in logs/NAME.log.
func StartProgram(name, logs string, argv ...string) (*Process, error) {
	return startProcess(name, logs, nil, argv...)
}

// startProcess starts a program with its output appended to logs/NAME.log. env is added to the environment.
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
	// In its own process group, so that Ctrl-C reaches only the test, which ends the processes.
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

// Alive reports whether the process still runs.
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

// Wait waits until the process has ended, and returns an error if it still runs after limit.
func (p *Process) Wait(limit time.Duration) error {
	select {
	case <-p.done:
		return nil
	case <-time.After(limit):
		return fmt.Errorf("%s still runs after %s", p.Name, limit)
	}
}

// Stop sends SIGTERM, and SIGKILL if the process has not ended within 30 s.
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

// Tail returns the last lines of the process's log, each cut to 500 bytes.
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

// stopAll stops all processes that still run, the last started first.
func stopAll() {
	runningLock.Lock()
	left := slices.Clone(running)
	runningLock.Unlock()
	for _, p := range slices.Backward(left) {
		p.Stop()
	}
}

// killAll kills all processes that still run, and removes the temporary files.
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

// eventually calls ask every 50 ms until it returns nil. It returns an error after limit, or when p, which may be nil,
// has ended.
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
