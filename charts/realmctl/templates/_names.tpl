{{- /* Names, labels and references that several manifests share. */ -}}

{{- define "realmctl.name" -}}
{{- $name := contains .Chart.Name .Release.Name | ternary .Release.Name (printf "%s-%s" .Release.Name .Chart.Name) -}}
{{- $name | trunc 40 | trimSuffix "-" -}}
{{- end }}

{{- define "realmctl.selector" -}}
app.kubernetes.io/name: realmctl
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "realmctl.labels" -}}
{{ include "realmctl.selector" . }}
app.kubernetes.io/part-of: platform
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end }}

{{- /* By its digest: anyone who may write to a registry can move a tag, and these pods hold Keycloak's accounts. */ -}}
{{- define "realmctl.image" -}}
{{- if not (or .Values.image.digest .Values.image.allowTag) }}
{{- fail "image.digest: name the image by its digest (sha256:…); anyone who may push can move a tag. image.allowTag: true does without" }}
{{- end }}
{{- $tag := .Values.image.tag | default .Chart.AppVersion -}}
{{- with .Values.image }}{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ $tag }}{{ end }}{{ end -}}
{{- end }}

{{- define "realmctl.gitImage" -}}
{{- if not (or (contains "@sha256:" .Values.files.git.image) .Values.image.allowTag) }}
{{- fail "files.git.image: name the image by its digest (docker.io/alpine/git@sha256:…). image.allowTag: true does without" }}
{{- end }}
{{- .Values.files.git.image -}}
{{- end }}

{{- /* of: drift, apply, entra or gateway. */ -}}
{{- define "realmctl.serviceAccount" -}}
{{- index .root.Values.serviceAccounts .of | default (printf "%s-%s" (include "realmctl.name" .root) .of) -}}
{{- end }}

{{- define "realmctl.confined" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: { drop: [ALL] }
{{- end }}

{{- /* The port of an address. */ -}}
{{- define "realmctl.port" -}}
{{- $url := urlParse . -}}
{{- trimPrefix ":" (regexFind ":[0-9]+$" $url.host) | default (eq $url.scheme "https" | ternary "443" "80") -}}
{{- end }}
