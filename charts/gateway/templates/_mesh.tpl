{{/* This chart's part of the mesh config. */}}
{{- define "gateway.mesh" -}}
{{- $headers := keys .Values.identityHeaders | sortAlpha -}}
# /admin%2fx, /admin%5cx and //admin are /admin/x and /admin before any policy looks. The default, BASE, leaves them.
pathNormalization:
  normalization: DECODE_AND_MERGE_SLASHES
extensionProviders:
  - name: {{ .Values.check.provider }}
    envoyExtAuthzHttp:
      service: {{ printf "%s/%s" .Values.oauth2Proxy.namespace (include "gateway.oauth2-proxy.host" .) }}
      port: {{ .Values.oauth2Proxy.port }}
      timeout: {{ .Values.check.timeout }}
      failOpen: false
      statusOnError: {{ .Values.check.statusOnError | quote }}
      # Nothing that could tell oauth2-proxy of another path or host than the request's: no x-forwarded-…, no
      # x-original-….
      includeRequestHeadersInCheck: [accept, authorization, cookie, user-agent, x-request-id]
      headersToUpstreamOnAllow: {{ concat (list "authorization") $headers | toJson }}
      headersToDownstreamOnAllow: [set-cookie]
      headersToDownstreamOnDeny: [cache-control, content-type, location, set-cookie]
{{- end -}}
