{{- /* Names, labels and references that several manifests share. */ -}}

{{- define "keycloak.name" -}}
{{- $name := contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) -}}
{{- $name | trunc 50 | trimSuffix "-" -}}
{{- end }}

{{- define "keycloak.selector" -}}
app.kubernetes.io/name: keycloak
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "keycloak.labels" -}}
{{ include "keycloak.selector" . }}
app.kubernetes.io/component: identity
app.kubernetes.io/part-of: platform
app.kubernetes.io/version: {{ .Values.image.tag | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- define "keycloak.image" -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag }}{{ end }}{{ end -}}
{{- end }}

{{- define "keycloak.serviceAccount" -}}
{{- .Values.serviceAccount.name | default (include "keycloak.name" .) -}}
{{- end }}

{{- /* The management port has health and metrics, below the same path. */ -}}
{{- define "keycloak.health" -}}
{{- $path := printf "%s/health/%s" (trimSuffix "/" .path) .what -}}
httpGet: { path: {{ $path }}, port: management }
periodSeconds: {{ .probe.periodSeconds }}
timeoutSeconds: 5
failureThreshold: {{ .probe.failureThreshold }}
{{- end }}

{{- /* What every container of the pod may do: nothing but run, and write where a volume is. */ -}}
{{- define "keycloak.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}
