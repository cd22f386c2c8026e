{{- define "oauth2-proxy.name" -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* By instance, too: two releases that share a selector share each other's pods. */}}
{{- define "oauth2-proxy.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "oauth2-proxy.labels" -}}
{{ include "oauth2-proxy.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "oauth2-proxy.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end -}}
{{- end -}}
{{- end -}}

{{- define "oauth2-proxy.port" -}}
{{- if .Values.tls.secretName }}https{{ else }}http{{ end -}}
{{- end -}}

{{/* Where oauth2-proxy's own pages, its ping and its ready are: /oauth2. */}}
{{- define "oauth2-proxy.prefix" -}}
{{- .Values.gateway.paths.proxyPrefix | trimSuffix "/" -}}
{{- end -}}
