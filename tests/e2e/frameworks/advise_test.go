package frameworks

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"gpuslice.dev/e2e/cluster"
)

// Whoever applies an object whose pods would be denied is warned, for each kind that the chart sends to /advise.
func TestAdviceReachesWhoAppliesAnObject(t *testing.T) {
	hook.OnFailure(t)
	advised := 0
	for _, file := range files(t) {
		for _, object := range load(t, file) {
			asking := count(object.Object, "nvidia.com/gpu")
			if asking == 0 || slices.Contains(withoutDefinition, object.GetKind()) || !isSent(t, object.GroupVersionKind()) {
				continue
			}
			advised++
			t.Run(title(object), func(t *testing.T) {
				askForNine(object.Object)
				heard := &warnings{}
				view, err := plane.WithWarnings(heard)
				cluster.Must(t, err)
				cluster.Must(t, view.DryRun(context.Background(), object))
				denials := 0
				for _, text := range heard.all {
					if strings.HasPrefix(text, "gpuslice: ") && strings.Contains(text, "pods") && strings.Contains(text, "will be denied") {
						denials++
					}
				}
				if denials != asking {
					t.Errorf("%d templates ask for too much; the warnings are %q", asking, heard.all)
				}
			})
		}
	}
	if advised < 12 {
		t.Errorf("the chart sends only %d of the kinds to /advise", advised)
	}
}

// isSent reports whether a rule of the registered configuration covers the kind.
func isSent(t *testing.T, kind schema.GroupVersionKind) bool {
	t.Helper()
	configuration, err := plane.Client.AdmissionregistrationV1().ValidatingWebhookConfigurations().
		Get(context.Background(), cluster.Release+"-advise", metav1.GetOptions{})
	cluster.Must(t, err)
	resource, _ := meta.UnsafeGuessKindToResource(kind)
	for _, rule := range configuration.Webhooks[0].Rules {
		if slices.Contains(rule.APIGroups, kind.Group) && slices.Contains(rule.Resources, resource.Resource) {
			return true
		}
	}
	return false
}

// warnings collects the warnings of answers.
type warnings struct {
	lock sync.Mutex
	all  []string
}

func (w *warnings) HandleWarningHeader(_ int, _ string, text string) {
	w.lock.Lock()
	defer w.lock.Unlock()
	w.all = append(w.all, text)
}

// askForNine makes each request for a GPU one for nine, which no class gives to one container.
func askForNine(value any) {
	switch value := value.(type) {
	case map[string]any:
		for key, child := range value {
			if key == "nvidia.com/gpu" {
				value[key] = "9"
			} else {
				askForNine(child)
			}
		}
	case []any:
		for _, child := range value {
			askForNine(child)
		}
	}
}
