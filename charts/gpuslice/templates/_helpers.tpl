{{- define "gpuslice.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 50 | trimSuffix "-" }}
{{- end }}

{{/* 50 characters at most, so that there is room for what is appended. */}}
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

{{/* Ours win over commonLabels: selectors rely on them. */}}
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

{{/* An image map, the tag to take where it names none. */}}
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

{{/* Annotations of a webhook configuration: the user's, and the one that cert-manager's injector looks for. */}}
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

{{/* No caBundle where serve or cert-manager writes it: what a template does not name, an upgrade leaves alone. */}}
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

{{/* Never these: the cluster could not recover without them, and we cannot wait for ourselves. */}}
{{- define "gpuslice.excludedNamespaces" -}}
{{- concat (list "kube-system" "kube-node-lease" .Release.Namespace) .Values.webhook.excludedNamespaces | uniq | toYaml }}
{{- end }}

{{/* Is k a resource by which a pod asks for a GPU? The policies' SliceSettings say which of the names under nvidia.com/ count. */}}
{{- define "gpuslice.asksByName" -}}
k.startsWith('nvidia.com/') || k.startsWith('deviceclass.resource.kubernetes.io/')
{{- range .Values.gpuResources }}
{{- if hasPrefix "nvidia.com/" . }}{{/* is sent anyway */}}
{{- else if hasSuffix "*" . }} || k.startsWith('{{ trimSuffix "*" . }}'){{ else }} || k == '{{ . }}'{{ end }}
{{- end }}
{{- end }}

{{/* Does the pod ask for a GPU, or name a slice? Plain pods never wait for us. Only what an author cannot forge to get past:
     no owner, no nodeName, no mirror annotation. A condition has a budget, and where failurePolicy is Ignore one that exceeds
     it lets the pod pass unseen: so what has more keys or containers than any plain pod is sent without a look at each. */}}
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
