{{/* What the schema can't say. Each was a door that stood open, or a login that could not end. */}}
{{- define "gateway.checks" -}}
{{- $gateway := .Values.gateway -}}
{{- if ne (int $gateway.format) 1 -}}
  {{- fail (printf "gateway.format is %v, and this chart reads 1: take the chart that goes with your realmctl" $gateway.format) -}}
{{- end -}}
{{- if or (eq $gateway.realm "master") (eq (include "gateway.realm" .) "master") -}}
  {{- fail "gateway.realm is master, which must not be public: make a realm of your own" -}}
{{- end -}}
{{- range $header, $claim := .Values.identityHeaders -}}
{{- if regexMatch "^x-(forwarded|envoy|b3|original|rewrite|request-id$|requested-with$)" $header -}}
  {{- fail (printf "identityHeaders.%s: proxies and browsers use that name themselves: choose another" $header) -}}
{{- end -}}
{{- end -}}
{{- $prefix := include "gateway.prefix" . -}}
{{- if not $prefix -}}
  {{- fail "gateway.paths.proxyPrefix: oauth2-proxy needs a prefix of its own, such as /oauth2" -}}
{{- end -}}
{{- $exempt := list (printf "%s/*" $prefix) -}}
{{- with include "gateway.keycloak.path" . -}}
{{- if or (hasPrefix (printf "%s/" . | lower) (printf "%s/" $prefix | lower)) (hasPrefix (printf "%s/" $prefix | lower) (printf "%s/" . | lower)) -}}
  {{- fail (printf "gateway.paths.proxyPrefix is %s, and Keycloak is at %s: its console would need no login. Write another callbackPath in the realm's files, such as /oauth2/callback" $prefix .) -}}
{{- end -}}
{{- $exempt = append $exempt (printf "%s/realms/%s/*" . (include "gateway.realm" $)) -}}
{{- $exempt = append $exempt (printf "%s/resources/*" .) -}}
{{- end -}}
{{- if ne (sortAlpha $gateway.paths.withoutLogin | toJson) (sortAlpha $exempt | toJson) -}}
  {{- fail (printf "gateway.paths.withoutLogin is %s, and must be exactly %s: anything wider reaches a service without login, anything less lets nobody log in" (toJson $gateway.paths.withoutLogin) (toJson $exempt)) -}}
{{- end -}}
{{- $secure := include "gateway.secure" . -}}
{{- range $gateway.hosts -}}
{{- if ne (hasPrefix "https://" .origin) (eq $secure "true") -}}
  {{- fail "gateway.hosts: some are https and some http: use https for all of them" -}}
{{- end -}}
{{- $page := trimPrefix (printf "%s%s/" .origin $prefix) .afterLogout -}}
{{- if or (eq .afterLogout .redirectUri) (has $page (list "auth" "callback" "ping" "ready" "sign_in" "sign_out" "start" "userinfo")) -}}
  {{- fail (printf "gateway.hosts: a logout would end at %s, which is oauth2-proxy's own: choose another afterLogout" .afterLogout) -}}
{{- end -}}
{{- end -}}
{{- if not (regexMatch "^[A-Za-z0-9_-]+$" $gateway.cookie.name) -}}
  {{- fail (printf "gateway.cookie.name: %s is no name for a cookie" $gateway.cookie.name) -}}
{{- end -}}
{{- range $name, $service := $gateway.services -}}
{{- range $service.prefixes -}}
{{- if not (regexMatch "^/[^ ]*$" .) -}}
  {{- fail (printf "gateway.services.%s.prefixes: %s is no path" $name .) -}}
{{- end -}}
{{- $path := . -}}
{{- range $taken := list $prefix (include "gateway.keycloak.path" $) -}}
{{- if and $taken (or (eq $path $taken) (hasPrefix (printf "%s/" $taken) $path)) -}}
  {{- fail (printf "gateway.services.%s.prefixes: %s is below %s" $name $path $taken) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
