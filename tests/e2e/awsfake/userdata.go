package awsfake

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/mail"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"sigs.k8s.io/yaml"
)

// Bootstrap is what the user data of an instance tells its kubelet about the Node that it creates.
type Bootstrap struct {
	Labels map[string]string
	Taints []Taint
}

// Taint is a taint of a Node.
type Taint struct {
	Key    string `json:"key"`
	Value  string `json:"value"`
	Effect string `json:"effect"`
}

// ReadUserData reads user data as a machine does when it boots: nodeadm's NodeConfigs on AL2023, which are parts of a
// MIME message, or the settings of Bottlerocket, which are TOML.
func ReadUserData(text string) (*Bootstrap, error) {
	if strings.HasPrefix(strings.TrimSpace(text), "MIME-Version:") {
		return readMIME(text)
	}
	return readBottlerocket(text)
}

func readMIME(text string) (*Bootstrap, error) {
	message, err := mail.ReadMessage(bufio.NewReader(strings.NewReader(strings.TrimSpace(text))))
	if err != nil {
		return nil, err
	}
	_, parameters, err := mime.ParseMediaType(message.Header.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	kubelet := &Bootstrap{Labels: map[string]string{}}
	configs := 0
	for parts := multipart.NewReader(message.Body, parameters["boundary"]); ; {
		part, err := parts.NextPart()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		content, err := io.ReadAll(part)
		if err != nil {
			return nil, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "application/node.eks.aws") {
			configs++
			if err := kubelet.addNodeConfig(content); err != nil {
				return nil, err
			}
		}
	}
	if configs == 0 {
		return nil, errors.New("the user data has no NodeConfig")
	}
	return kubelet, nil
}

// addNodeConfig adds a NodeConfig. nodeadm appends the flags of each to those before; a list of taints replaces the one
// before.
func (b *Bootstrap) addNodeConfig(text []byte) error {
	var config struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Spec       struct {
			Kubelet struct {
				Config struct {
					RegisterWithTaints []Taint `json:"registerWithTaints"`
				} `json:"config"`
				Flags []string `json:"flags"`
			} `json:"kubelet"`
		} `json:"spec"`
	}
	if err := yaml.Unmarshal(bytes.TrimSpace(text), &config); err != nil {
		return err
	}
	if config.APIVersion != "node.eks.aws/v1alpha1" || config.Kind != "NodeConfig" {
		return fmt.Errorf("%s %s is no NodeConfig", config.APIVersion, config.Kind)
	}
	if taints := config.Spec.Kubelet.Config.RegisterWithTaints; taints != nil {
		b.Taints = taints
	}
	for _, flag := range config.Spec.Kubelet.Flags {
		list, ok := strings.CutPrefix(flag, "--node-labels=")
		if !ok {
			continue
		}
		for pair := range strings.SplitSeq(strings.Trim(list, `"`), ",") {
			key, value, found := strings.Cut(pair, "=")
			if !found {
				return fmt.Errorf("the kubelet does not understand the label %q", pair)
			}
			b.Labels[key] = value
		}
	}
	return nil
}

// readBottlerocket reads settings; a taint there is a key with a list of "value:effect".
func readBottlerocket(text string) (*Bootstrap, error) {
	var settings struct {
		Settings struct {
			Kubernetes struct {
				Labels map[string]string   `toml:"node-labels"`
				Taints map[string][]string `toml:"node-taints"`
			} `toml:"kubernetes"`
		} `toml:"settings"`
	}
	if err := toml.Unmarshal([]byte(text), &settings); err != nil {
		return nil, fmt.Errorf("the user data is neither MIME nor TOML: %w", err)
	}
	kubelet := &Bootstrap{Labels: map[string]string{}}
	for key, value := range settings.Settings.Kubernetes.Labels {
		kubelet.Labels[key] = value
	}
	for key, values := range settings.Settings.Kubernetes.Taints {
		for _, text := range values {
			value, effect, found := strings.Cut(text, ":")
			if !found {
				return nil, fmt.Errorf("the taint %s has no effect: %q", key, text)
			}
			kubelet.Taints = append(kubelet.Taints, Taint{key, value, effect})
		}
	}
	return kubelet, nil
}
