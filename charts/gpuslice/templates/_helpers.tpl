{{- define "gpuslice.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* At most 50 characters, so that there is room for suffixes. */}}
{{- define "gpuslice.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 50 | trimSuffix "-" }}
{{- else if contains $name .Release.Name }}
{{- .Release.Name | trunc 50 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 50 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "gpuslice.selectorLabels" -}}
app.kubernetes.io/name: {{ include "gpuslice.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{/* The chart's own labels take precedence over commonLabels, because selectors use them. */}}
{{- define "gpuslice.labels" -}}
{{- $own := include "gpuslice.selectorLabels" . | fromYaml }}
{{- $_ := set $own "helm.sh/chart" (printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_") }}
{{- $_ := set $own "app.kubernetes.io/version" .Chart.AppVersion }}
{{- $_ := set $own "app.kubernetes.io/managed-by" .Release.Service }}
{{- merge $own .Values.commonLabels | toYaml }}
{{- end }}

{{- define "gpuslice.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "gpuslice.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- default "default" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{/* Arguments: an image map, and the tag to use if the map has none. */}}
{{- define "gpuslice.image" -}}
{{- $image := index . 0 }}
{{- if $image.digest }}
{{- printf "%s@%s" $image.repository $image.digest }}
{{- else }}
{{- printf "%s:%s" $image.repository (default (index . 1) $image.tag) }}
{{- end }}
{{- end }}

{{- define "gpuslice.adviseName" -}}
{{ include "gpuslice.fullname" . }}-advise
{{- end }}

{{- define "gpuslice.tlsSecretName" -}}
{{- if eq .Values.certificates.mode "secret" }}
{{- .Values.certificates.secret.name }}
{{- else }}
{{- include "gpuslice.fullname" . }}-tls
{{- end }}
{{- end }}

{{- define "gpuslice.policiesConfigMap" -}}
{{- if eq .Values.policies.source "configMap" }}
{{- .Values.policies.configMap }}
{{- else }}
{{- include "gpuslice.fullname" . }}-policies
{{- end }}
{{- end }}

{{/* Annotations of a webhook configuration: the user's, and the one that cert-manager's cainjector reads. */}}
{{- define "gpuslice.webhookAnnotations" -}}
{{- $root := index . 0 }}
{{- $annotations := deepCopy (index . 1) }}
{{- if eq $root.Values.certificates.mode "certManager" }}
{{- $_ := set $annotations "cert-manager.io/inject-ca-from" (printf "%s/%s-tls" $root.Release.Namespace (include "gpuslice.fullname" $root)) }}
{{- end }}
{{- if $annotations }}
annotations:
  {{- toYaml $annotations | nindent 2 }}
{{- end }}
{{- end }}

{{/* Contains the caBundle only if the values have one. An upgrade does not change a field that no template contains, so
     a caBundle that serve or cert-manager has written remains. */}}
{{- define "gpuslice.clientConfig" -}}
{{- $root := index . 0 }}
service:
  name: {{ include "gpuslice.fullname" $root }}
  namespace: {{ $root.Release.Namespace }}
  path: {{ index . 1 }}
  port: 443
{{- if and (eq $root.Values.certificates.mode "secret") $root.Values.certificates.secret.caBundle }}
caBundle: {{ $root.Values.certificates.secret.caBundle | b64enc }}
{{- end }}
{{- end }}

{{/* Namespaces whose pods are never sent. The cluster could not recover if its own pods waited for the webhook, and the
     webhook cannot wait for itself. */}}
{{- define "gpuslice.excludedNamespaces" -}}
{{- concat (list "kube-system" "kube-node-lease" .Release.Namespace) .Values.webhook.excludedNamespaces | uniq | toYaml }}
{{- end }}

{{/* True if k is a resource by which a pod may ask for a GPU. The policies decide which names under nvidia.com/ count. */}}
{{- define "gpuslice.asksByName" -}}
k.startsWith('nvidia.com/') || k.startsWith('deviceclass.resource.kubernetes.io/')
{{- range .Values.gpuResources }}
{{- if hasPrefix "nvidia.com/" . }}{{/* already included above */}}
{{- else if hasSuffix "*" . }} || k.startsWith('{{ trimSuffix "*" . }}'){{ else }} || k == '{{ . }}'{{ end }}
{{- end }}
{{- end }}

{{/* True if the pod asks for a GPU or names a slice; others are sent only where all pods are. Does not depend on what
     an author can forge to avoid the webhook: owners, nodeName, the mirror annotation. The API server limits the cost
     of a condition, and where failurePolicy is Ignore it admits a pod whose condition exceeds the limit. Therefore a
     pod with more keys or containers than usual is sent without checking each of them. */}}
{{- define "gpuslice.asksCondition" -}}
{{- $asks := include "gpuslice.asksByName" . -}}
size(object.spec.containers) > 16 || (has(object.spec.initContainers) && size(object.spec.initContainers) > 16)
|| (object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : [])).exists(c, has(c.resources) && (
  (has(c.resources.limits) && (size(c.resources.limits) > 8 || c.resources.limits.exists(k, {{ $asks }}))) ||
  (has(c.resources.requests) && (size(c.resources.requests) > 8 || c.resources.requests.exists(k, {{ $asks }})))))
|| (has(object.spec.resourceClaims) && size(object.spec.resourceClaims) > 0)
|| (has(object.metadata.annotations) && (size(object.metadata.annotations) > 1000 || object.metadata.annotations.exists(k, k.startsWith('gpuslice.dev/'))))
|| (has(object.metadata.labels) && (size(object.metadata.labels) > 1000 || object.metadata.labels.exists(k, k.startsWith('gpuslice.dev/') && k != 'gpuslice.dev/inject')))
{{- end }}

{{- define "gpuslice.restrictedSecurityContext" -}}
runAsNonRoot: true
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
seccompProfile: {type: RuntimeDefault}
{{- end }}
