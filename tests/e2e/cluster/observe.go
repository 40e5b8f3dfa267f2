package cluster

import (
	"bufio"
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	auditv1 "k8s.io/apiserver/pkg/apis/audit/v1"
)

func ignoreNotFound(err error) error {
	if apierrors.IsNotFound(err) {
		return nil
	}
	return err
}

// Metric adds up the samples that have these labels, among others, of a counter of the API server. The counters start
// at zero when the API server does.
func (c *Cluster) Metric(name string, labels map[string]string) (float64, error) {
	text, err := c.Raw("/metrics")
	if err != nil {
		return 0, err
	}
	return SumMetric(text, name, labels)
}

// SumMetric adds up the samples that have these labels, among others, of a counter or gauge in Prometheus' text format.
func SumMetric(text []byte, name string, labels map[string]string) (float64, error) {
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(text))
	if err != nil {
		return 0, err
	}
	sum := 0.0
	for _, metric := range families[name].GetMetric() {
		found := map[string]string{}
		for _, label := range metric.GetLabel() {
			found[label.GetName()] = label.GetValue()
		}
		maps.DeleteFunc(found, func(key, _ string) bool { _, asked := labels[key]; return !asked })
		if maps.Equal(found, labels) {
			sum += metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
		}
	}
	return sum, nil
}

// Audit returns the API server's audit events about the creation of pods in a namespace, the oldest first.
func (c *Cluster) Audit(namespace string) ([]auditv1.Event, error) {
	log, err := os.Open(filepath.Join(c.Logs, "audit.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	var events []auditv1.Event
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var event auditv1.Event
		if err := json.Unmarshal(lines.Bytes(), &event); err != nil {
			return nil, err
		}
		if event.ObjectRef != nil && event.ObjectRef.Namespace == namespace {
			events = append(events, event)
		}
	}
	return slices.Clip(events), lines.Err()
}
