{{- define "gateway.name" -}}
{{- .Release.Name | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "gateway.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version }}
{{- end -}}

{{/*
Where policies and filters are. Istio's API: the root namespace, where they hold for the gateway's pods wherever those are; a
policy in any other namespace than the pods' would be ignored, and everything open. Gateway API: beside the Gateway.
*/}}
{{- define "gateway.policies" -}}
{{- if eq .Values.api "istio" }}{{ .Values.rootNamespace }}{{ else }}{{ .Release.Namespace }}{{ end -}}
{{- end -}}

{{- define "gateway.selector" -}}
{{- toYaml (.Values.ingress.selector | default (dict "istio" "ingressgateway")) -}}
{{- end -}}

{{/* What a policy of the gateway holds for. */}}
{{- define "gateway.target" -}}
{{- if eq .Values.api "istio" -}}
selector:
  matchLabels: {{- include "gateway.selector" . | nindent 4 }}
{{- else -}}
targetRefs:
  - group: gateway.networking.k8s.io
    kind: Gateway
    name: {{ include "gateway.name" . }}
{{- end -}}
{{- end -}}

{{/* The labels of the gateway's pods. */}}
{{- define "gateway.pods" -}}
{{- if eq .Values.api "istio" }}{{ include "gateway.selector" . }}{{ else -}}
gateway.networking.k8s.io/gateway-name: {{ include "gateway.name" . }}
{{- end -}}
{{- end -}}

{{/* Host names, without ports, each once; as JSON. */}}
{{- define "gateway.hostnames" -}}
{{- $found := list -}}
{{- range .Values.gateway.hosts }}{{ $found = append $found (first (splitList ":" .name)) }}{{ end -}}
{{- uniq $found | toJson -}}
{{- end -}}

{{- define "gateway.secure" -}}
{{- if hasPrefix "https://" (first .Values.gateway.hosts).origin }}true{{ end -}}
{{- end -}}

{{- define "gateway.prefix" -}}
{{- .Values.gateway.paths.proxyPrefix | trimSuffix "/" -}}
{{- end -}}

{{/* The path of Keycloak, such as /auth. Empty where it is on a host of its own. */}}
{{- define "gateway.keycloak.path" -}}
{{- $issuer := urlParse .Values.gateway.issuer -}}
{{- $own := list -}}
{{- range .Values.gateway.hosts }}{{ $own = append $own .name }}{{ end -}}
{{- if has $issuer.host $own -}}
{{- $path := regexReplaceAll "/realms/[^/]*$" (regexReplaceAll "^https?://[^/]*" .Values.gateway.issuer "") "" -}}
{{- if not $path -}}
  {{- fail "gateway.issuer: Keycloak is at the root of the gateway's own host, so its console could not be kept apart: give it a path such as /auth, or a host of its own" -}}
{{- end -}}
{{- $path -}}
{{- end -}}
{{- end -}}

{{/* The realm as it stands in a path. */}}
{{- define "gateway.realm" -}}
{{- .Values.gateway.issuer | splitList "/" | last -}}
{{- end -}}

{{/* Where Keycloak's routes end, as JSON {host, port}. */}}
{{- define "gateway.keycloak" -}}
{{- $host := .Values.keycloak.host -}}
{{- $port := int .Values.keycloak.port -}}
{{- if not $host -}}
{{- $inside := urlParse .Values.gateway.endpoints.internal.token -}}
{{- if eq $inside.host (urlParse .Values.gateway.endpoints.public.token).host -}}
  {{- fail "keycloak.host: say where Keycloak's routes end, or give internalUrl in the realm's files" -}}
{{- end -}}
{{- $parts := splitList ":" $inside.host -}}
{{- $host = first $parts -}}
{{- $port = $port | default (int (last $parts)) | default (ternary 443 80 (eq $inside.scheme "https")) -}}
{{- end -}}
{{- $names := splitList "." $host -}}
{{- if lt (len $names) 2 -}}
  {{- fail (printf "keycloak.host: %s names no namespace: write SERVICE.NAMESPACE.svc.%s" $host .Values.clusterDomain) -}}
{{- end -}}
{{- $full := printf "%s.%s.svc.%s" (index $names 0) (index $names 1) .Values.clusterDomain -}}
{{- dict "host" $full "name" (index $names 0) "namespace" (index $names 1) "port" ($port | default 80) | toJson -}}
{{- end -}}

{{- define "gateway.oauth2-proxy.host" -}}
{{- with .Values.oauth2Proxy }}{{ .service }}.{{ .namespace }}.svc.{{ $.Values.clusterDomain }}{{ end -}}
{{- end -}}

{{/*
The routes of a host's services, the longest prefix first, as JSON [{prefix, service}].
Takes {services, hostname}.
*/}}
{{- define "gateway.routes" -}}
{{- $lines := list -}}
{{- $hostname := .hostname -}}
{{- range $name, $service := .services -}}
{{- $here := false -}}
{{- range $service.hosts }}{{ if eq (first (splitList ":" .)) $hostname }}{{ $here = true }}{{ end }}{{ end -}}
{{- if $here -}}
{{- range $service.prefixes }}{{ $lines = append $lines (printf "%05d %s %s" (sub 99999 (len .)) . $name) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- $found := list -}}
{{- range sortAlpha $lines -}}
{{- $parts := splitList " " . -}}
{{- $found = append $found (dict "prefix" (index $parts 1) "service" (index $parts 2)) -}}
{{- end -}}
{{- $found | toJson -}}
{{- end -}}

{{/* A rule of an HTTPRoute, for one prefix of a service. Takes {root, route}. */}}
{{- define "gateway.httproute.rule" -}}
{{- $service := index .root.Values.gateway.services .route.service -}}
- matches:
    - path: { type: PathPrefix, value: {{ .route.prefix | quote }} }
  backendRefs:
    - {{- include "gateway.httproute.end" (dict "name" $service.backend.name "namespace" $service.workload.namespace "port" $service.backend.port) | nindent 6 }}
{{- end -}}

{{/*
A Service at the end of a rule, with the defaults that the API server would fill in: lists are compared as a whole, and ArgoCD
would be out of sync for ever. Takes {name, namespace, port}.
*/}}
{{- define "gateway.httproute.end" -}}
group: ""
kind: Service
name: {{ .name }}
namespace: {{ .namespace }}
port: {{ .port }}
weight: 1
{{- end -}}

{{/* The listener that an HTTPRoute is for. Takes {root, listener}. */}}
{{- define "gateway.httproute.parent" -}}
group: gateway.networking.k8s.io
kind: Gateway
name: {{ include "gateway.name" .root }}
sectionName: {{ .listener }}
{{- end -}}

{{/* Host name → origin, as lines of a Lua table. Of a name with several ports, the first. */}}
{{- define "gateway.origins" -}}
{{- $lines := list -}}
{{- range $hostname := include "gateway.hostnames" . | fromJsonArray -}}
{{- $origin := "" -}}
{{- range $.Values.gateway.hosts }}{{ if and (not $origin) (eq (first (splitList ":" .name)) $hostname) }}{{ $origin = .origin }}{{ end }}{{ end -}}
{{- $lines = append $lines (printf "  [%s] = %s," (lower $hostname | toJson) (toJson $origin)) -}}
{{- end -}}
{{- join "\n" $lines -}}
{{- end -}}

{{/*
The pages that say that somebody is signed out, as JSON [{hostname, path, link}]: one for each host name whose address after a
logout is below oauth2-proxy's prefix. Any other address is somebody's own page.
*/}}
{{- define "gateway.signed-out" -}}
{{- $pages := dict -}}
{{- $prefix := include "gateway.prefix" . -}}
{{- range .Values.gateway.hosts -}}
{{- $hostname := first (splitList ":" .name) -}}
{{- $path := trimPrefix .origin .afterLogout -}}
{{- if hasPrefix (printf "%s/" $prefix) $path -}}
{{- $prefixes := list -}}
{{- range include "gateway.routes" (dict "services" $.Values.gateway.services "hostname" $hostname) | fromJsonArray }}{{ $prefixes = append $prefixes .prefix }}{{ end -}}
{{- $link := $.Values.signedOut.link | default (first (sortAlpha $prefixes | default (list "/"))) -}}
{{- $_ := set $pages (printf "%s %s" $hostname $path) (dict "hostname" $hostname "path" $path "link" $link) -}}
{{- end -}}
{{- end -}}
{{- $sorted := list -}}
{{- range keys $pages | sortAlpha }}{{ $sorted = append $sorted (get $pages .) }}{{ end -}}
{{- $sorted | toJson -}}
{{- end -}}
