{{- /* What each part is told, so that they fit together. One definition for each part, as YAML; a part's own `values` are
laid over it. */ -}}

{{- /* The namespace of a part. */ -}}
{{- define "platform.namespace" -}}{{ (index .root.Values.parts .of).namespace }}{{- end }}

{{- /* A part's pods, as a network policy names them. */ -}}
{{- define "platform.pods" -}}
namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{ include "platform.namespace" . }} } }
podSelector: { matchLabels: {{ .labels | default (dict "app.kubernetes.io/name" .of) | toJson }} }
{{- end }}

{{- define "platform.publicUrl" -}}https://{{ .Values.host }}/auth{{- end }}

{{- define "platform.values.sealed-secrets" -}}
fullnameOverride: sealed-secrets-controller
{{- end }}

{{- define "platform.values.cert-manager" -}}
crds: { enabled: true }
{{- end }}

{{- define "platform.values.kube-prometheus-stack" -}}
# Rules and monitors of every release, not of this one alone.
prometheus:
  prometheusSpec:
    ruleSelectorNilUsesHelmValues: false
    serviceMonitorSelectorNilUsesHelmValues: false
    podMonitorSelectorNilUsesHelmValues: false
grafana:
  sidecar: { dashboards: { enabled: true, searchNamespace: ALL } }
{{- end }}

{{- define "platform.values.istio-base" -}}
defaultRevision: default
{{- end }}

{{- define "platform.values.istiod" -}}
env:
  # charts/gateway writes its part of the mesh config there: the check by oauth2-proxy, and how paths are normalized.
  SHARED_MESH_CONFIG: gateway-mesh
  # Sidecars fetch Keycloak's keys themselves, through the mesh (charts/gateway/istiod).
  PILOT_JWT_ENABLE_REMOTE_JWKS: hybrid
{{- end }}

{{- define "platform.values.istio-ingressgateway" -}}
# The labels that charts/gateway selects, and that network policies let in.
labels: { app: istio-ingressgateway, istio: ingressgateway }
service: { externalTrafficPolicy: Local }
# Its chart makes no budget for a single pod, whatever is said.
autoscaling: { minReplicas: 2 }
podDisruptionBudget: { minAvailable: 1 }
{{- end }}

{{- define "platform.values.external-dns" -}}
provider: { name: azure }
sources: [istio-gateway]
# It takes up zones whose names fit, so the host alone would leave its zone out.
{{- $labels := splitList "." .Values.host }}
domainFilters: [{{ ternary (rest $labels | join ".") .Values.host (gt (len $labels) 2) | quote }}]
policy: upsert-only
{{- end }}

{{- define "platform.values.keycloak" -}}
hostname: {{ include "platform.publicUrl" . }}
database: { host: {{ .Values.database.host }} }
mesh:
  callers:
    {{- range list "istio-ingressgateway" "oauth2-proxy" "realmctl" }}
    - {{ include "platform.namespace" (dict "root" $ "of" .) }}
    {{- end }}
networkPolicy:
  from:
    - {{- include "platform.pods" (dict "root" . "of" "istio-ingressgateway" "labels" (dict "istio" "ingressgateway")) | nindent 6 }}
    - {{- include "platform.pods" (dict "root" . "of" "istiod" "labels" (dict "app" "istiod")) | nindent 6 }}
    - {{- include "platform.pods" (dict "root" . "of" "oauth2-proxy") | nindent 6 }}
    - {{- include "platform.pods" (dict "root" . "of" "realmctl") | nindent 6 }}
    - namespaceSelector: { matchLabels: { istio-injection: enabled } }
  metricsFrom:
    - namespaceSelector: { matchLabels: { kubernetes.io/metadata.name: {{ include "platform.namespace" (dict "root" . "of" "kube-prometheus-stack") }} } }
serviceMonitor: { enabled: {{ (index .Values.parts "kube-prometheus-stack").enabled }} }
{{- end }}

{{- define "platform.values.realmctl" -}}
image:
  repository: {{ .Values.realmctl.image }}
  {{- with .Values.realmctl.tag }}
  tag: {{ . | quote }}
  {{- end }}
  {{- if not (or .Values.realmctl.digest .Values.realmctl.allowTag) }}
  {{- fail "realmctl.digest: name the image by its digest (sha256:…). realmctl.allowTag: true does without" }}
  {{- end }}
  {{- with .Values.realmctl.digest }}
  digest: {{ . | quote }}
  {{- end }}
  {{- if .Values.realmctl.allowTag }}
  allowTag: true
  {{- else if not (contains "@sha256:" .Values.realmctl.gitImage) }}
  {{- fail "realmctl.gitImage: name an image with git by its digest (docker.io/alpine/git@sha256:…). realmctl.allowTag: true does without" }}
  {{- end }}
keycloak:
  url: http://keycloak.{{ .Values.parts.keycloak.namespace }}.svc.cluster.local:8080/auth
  publicUrl: {{ include "platform.publicUrl" . }}
files:
  git:
    repository: {{ .Values.files.repository }}
    ref: {{ .Values.files.revision | quote }}
    secretName: {{ .Values.files.secretName | quote }}
    {{- with .Values.realmctl.gitImage }}
    image: {{ . | quote }}
    {{- end }}
  paths: [/realms/git/{{ .Values.files.realm }}]
{{- with .Values.files.env }}
env: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.files.secretEnv }}
secretEnv: {{- toYaml . | nindent 2 }}
{{- end }}
# Nobody could log in with it before the realm has a client for it: README.md.
drift: { enabled: false }
apply:
  enabled: true
  hook: argocd-sync
  login: {{- toYaml .Values.realmctl.applyLogin | nindent 4 }}
networkPolicy:
  https: true
  to:
    - {{- include "platform.pods" (dict "root" . "of" "keycloak") | nindent 6 }}
alerts: { enabled: {{ (index .Values.parts "kube-prometheus-stack").enabled }}, gauges: false }
dashboard: { enabled: {{ (index .Values.parts "kube-prometheus-stack").enabled }} }
{{- end }}

{{- define "platform.values.redis" -}}
{{- end }}

{{- define "platform.values.oauth2-proxy" -}}
metrics:
  from: { namespace: {{ include "platform.namespace" (dict "root" . "of" "kube-prometheus-stack") }} }
  serviceMonitor: { enabled: {{ (index .Values.parts "kube-prometheus-stack").enabled }} }
networkPolicy:
  gateway: { namespace: {{ include "platform.namespace" (dict "root" . "of" "istio-ingressgateway") }} }
  keycloak: { namespace: {{ include "platform.namespace" (dict "root" . "of" "keycloak") }} }
{{- end }}

{{- define "platform.values.gateway" -}}
oauth2Proxy: { namespace: {{ (index .Values.parts "oauth2-proxy").namespace }} }
{{- if .Values.certificates.email }}
certificate: { enabled: true, issuerRef: { kind: ClusterIssuer, name: letsencrypt } }
{{- end }}
{{- end }}

{{- define "platform.values.echo" -}}
{{- end }}
