package cluster

import (
	"io"
	"net"
	"slices"
	"sync"
)

// Service simulates a Kubernetes Service: one address, whose connections go to the endpoints in turn.
type Service struct {
	Address   string // host:port
	listener  net.Listener
	lock      sync.Mutex
	endpoints []string
	next      int
	accepted  int
}

// StartService listens on a port that the kernel chooses.
func StartService() (*Service, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	s := &Service{Address: listener.Addr().String(), listener: listener}
	go s.accept()
	return s, nil
}

// Add makes host:port an endpoint.
func (s *Service) Add(endpoint string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.endpoints = append(s.endpoints, endpoint)
}

// Remove keeps new connections away from an endpoint; open ones stay.
func (s *Service) Remove(endpoint string) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.endpoints = slices.DeleteFunc(s.endpoints, func(other string) bool { return other == endpoint })
}

// Close stops listening.
func (s *Service) Close() { _ = s.listener.Close() }

// Connections is the number of connections accepted so far.
func (s *Service) Connections() int {
	s.lock.Lock()
	defer s.lock.Unlock()
	return s.accepted
}

func (s *Service) pick() (string, bool) {
	s.lock.Lock()
	defer s.lock.Unlock()
	s.accepted++
	if len(s.endpoints) == 0 {
		return "", false
	}
	s.next++
	return s.endpoints[s.next%len(s.endpoints)], true
}

func (s *Service) accept() {
	for {
		client, err := s.listener.Accept()
		if err != nil {
			return
		}
		go s.forward(client)
	}
}

// forward copies in both directions. When one side has closed its direction, forward closes it on the other side too.
func (s *Service) forward(client net.Conn) {
	defer client.Close()
	endpoint, ok := s.pick()
	if !ok {
		return
	}
	server, err := net.Dial("tcp", endpoint)
	if err != nil {
		return
	}
	defer server.Close()
	var both sync.WaitGroup
	both.Go(func() { copyHalf(server, client) })
	both.Go(func() { copyHalf(client, server) })
	both.Wait()
}

func copyHalf(to, from net.Conn) {
	_, _ = io.Copy(to, from)
	_ = to.(*net.TCPConn).CloseWrite()
}
