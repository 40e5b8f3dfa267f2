package cluster

import (
	"bytes"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"k8s.io/client-go/tools/clientcmd"
	clientcmdapi "k8s.io/client-go/tools/clientcmd/api"
	"k8s.io/client-go/util/cert"
	"k8s.io/client-go/util/keyutil"
)

// The audit log has one event for each attempt to create a pod, with the annotations of the webhooks.
const auditPolicy = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived]
rules:
- {level: Metadata, verbs: [create], resources: [{group: "", resources: [pods]}]}
- {level: None}
`

func (c *Cluster) file(name string) string { return filepath.Join(c.Dir, name) }

// writeFiles writes what the control plane reads at its start: certificates, keys, tokens, the audit policy.
func (c *Cluster) writeFiles() error {
	certificate, key, err := cert.GenerateSelfSignedCertKey("localhost", []net.IP{net.IPv4(127, 0, 0, 1)}, nil)
	if err != nil {
		return err
	}
	_, authority := pem.Decode(certificate) // the leaf comes first
	account, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	accountKey, err := keyutil.MarshalPrivateKeyToPEM(account)
	if err != nil {
		return err
	}
	accountPublic, err := x509.MarshalPKIXPublicKey(&account.PublicKey)
	if err != nil {
		return err
	}
	return writeAll(c.Dir, map[string][]byte{
		"api.crt":           certificate,
		"api.key":           key,
		"api-ca.crt":        bytes.TrimSpace(authority),
		"sa.key":            accountKey,
		"sa.pub":            pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: accountPublic}),
		"tokens.csv":        fmt.Appendf(nil, "%s,admin,1,system:masters\n", adminToken),
		"audit-policy.yaml": []byte(auditPolicy),
	})
}

func writeAll(dir string, files map[string][]byte) error {
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// WriteKubeconfig writes a kubeconfig of the cluster that contains the token.
func (c *Cluster) WriteKubeconfig(path, token string) error {
	authority, err := os.ReadFile(c.file("api-ca.crt"))
	if err != nil {
		return err
	}
	config := clientcmdapi.NewConfig()
	config.Clusters["e2e"] = &clientcmdapi.Cluster{Server: c.URL, CertificateAuthorityData: authority}
	config.AuthInfos["e2e"] = &clientcmdapi.AuthInfo{Token: token}
	config.Contexts["e2e"] = &clientcmdapi.Context{Cluster: "e2e", AuthInfo: "e2e"}
	config.CurrentContext = "e2e"
	return clientcmd.WriteToFile(*config, path)
}
