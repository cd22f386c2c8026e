{{- define "redis.name" -}}
{{- .Release.Name | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* By instance, too: two releases that share a selector share each other's pods. */}}
{{- define "redis.selector" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "redis.labels" -}}
{{ include "redis.selector" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{- define "redis.image" -}}
{{- with .Values.image -}}
{{- if .digest }}{{ .repository }}@{{ .digest }}{{ else }}{{ .repository }}:{{ .tag }}{{ end -}}
{{- end -}}
{{- end -}}

{{/* What the schema can't say. */}}
{{- define "redis.checks" -}}
{{- with .Values.secrets -}}
{{- if and (eq .from "sealed") (ne (keys .sealed.encryptedData | toJson) (list .key | toJson)) -}}
  {{- fail (printf "secrets.sealed.encryptedData needs exactly the key %s" .key) -}}
{{- end -}}
{{- if eq .from "external" -}}
{{- if ne (keys .external.remote | toJson) (list .key | toJson) -}}
  {{- fail (printf "secrets.external.remote needs exactly the key %s" .key) -}}
{{- end -}}
{{- if not .external.storeRef.name -}}
  {{- fail "secrets.external.storeRef.name: say which store" -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
