{{/* What the schema can't say: values that fit each other. Each was a failed login, or an open door. */}}
{{- define "oauth2-proxy.checks" -}}
{{- $gateway := .Values.gateway -}}
{{- $cookie := $gateway.cookie -}}
{{- if ne (int $gateway.format) 1 -}}
  {{- fail (printf "gateway.format is %v, and this chart reads 1: take the chart that goes with your realmctl" $gateway.format) -}}
{{- end -}}
{{- if ne ($gateway.client.pkce | default "S256") "S256" -}}
  {{- fail "gateway.client.pkce: this chart does PKCE with S256 alone: let the client require S256, or nothing" -}}
{{- end -}}
{{- $refresh := include "oauth2-proxy.seconds" $cookie.refresh | int -}}
{{- if ge $refresh (int $gateway.lifetimes.accessToken) -}}
  {{- fail (printf "gateway.cookie.refresh is %s, and the access token ends after %vs: people would be stuck with an expired token. Make it earlier" $cookie.refresh $gateway.lifetimes.accessToken) -}}
{{- end -}}
{{- if gt (include "oauth2-proxy.seconds" $cookie.expire | int) (int $gateway.lifetimes.sessionMax) -}}
  {{- fail (printf "gateway.cookie.expire is %s, and Keycloak's session ends after %vs: make it no longer" $cookie.expire $gateway.lifetimes.sessionMax) -}}
{{- end -}}
{{- if and $cookie.domain (hasPrefix "__Host-" $cookie.name) -}}
  {{- fail "gateway.cookie: browsers refuse a cookie named __Host-… with a domain" -}}
{{- end -}}
{{- range $gateway.hosts -}}
{{- if ne $cookie.secure (hasPrefix "https://" .origin) -}}
  {{- fail (printf "gateway.cookie.secure is %v, and a host is %s: the login would end with 403" $cookie.secure .origin) -}}
{{- end -}}
{{- end -}}
{{- range $header, $claim := .Values.identityHeaders -}}
{{- if regexMatch "^x-(forwarded|envoy|b3|original|rewrite|request-id$|requested-with$)" $header -}}
  {{- fail (printf "identityHeaders.%s: proxies and browsers use that name themselves: choose another" $header) -}}
{{- end -}}
{{- end -}}
{{- $prefix := include "oauth2-proxy.prefix" . -}}
{{- if not $prefix -}}
  {{- fail "gateway.paths.proxyPrefix: oauth2-proxy needs a prefix of its own, such as /oauth2: with / its pages would be everybody's" -}}
{{- end -}}
{{- if not (has (printf "%s/*" $prefix) $gateway.paths.withoutLogin) -}}
  {{- fail (printf "gateway.paths.withoutLogin lacks %s/*: nobody could log in" $prefix) -}}
{{- end -}}
{{- with .Values.networkPolicy -}}
{{- if and .enabled (not .extraEgress) -}}
{{- $inside := $gateway.endpoints.internal.token -}}
{{- $host := (urlParse $inside).host -}}
{{- if not .keycloak.namespace -}}
  {{- fail (printf "networkPolicy.keycloak.namespace is empty, so nothing lets oauth2-proxy fetch tokens at %s: write it, or a rule in networkPolicy.extraEgress" $inside) -}}
{{- end -}}
{{- if eq $host (urlParse $gateway.endpoints.public.token).host -}}
  {{- fail (printf "networkPolicy: oauth2-proxy fetches tokens at %s, the public address, which it may not reach: no login would end. Write internalUrl in the realm's files, or a rule in networkPolicy.extraEgress" $inside) -}}
{{- end -}}
{{- /* Where the address has none, the Service's is 80 or 443, and its pods' is another. */ -}}
{{- if and (contains ":" $host) (ne (last (splitList ":" $host)) (toString .keycloak.port)) -}}
  {{- fail (printf "networkPolicy.keycloak.port is %v, and oauth2-proxy fetches tokens at %s: make it the port of Keycloak's pods, or, where that is another than the Service's, write a rule in networkPolicy.extraEgress" .keycloak.port $inside) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- $secrets := $gateway.secrets -}}
{{- if and (ne .Values.secrets.from "existing") (ne $secrets.client.name $secrets.cookie.name) -}}
  {{- fail "secrets.from: gateway.secrets names two Secrets, and this chart makes one: use existing" -}}
{{- end -}}
{{- $wanted := list $secrets.client.key $secrets.cookie.key -}}
{{- if and (eq .Values.secrets.from "sealed") (ne (sortAlpha $wanted | toJson) (keys .Values.secrets.sealed.encryptedData | sortAlpha | toJson)) -}}
  {{- fail (printf "secrets.sealed.encryptedData needs exactly the keys %s" (join " and " $wanted)) -}}
{{- end -}}
{{- if eq .Values.secrets.from "external" -}}
{{- if ne (sortAlpha $wanted | toJson) (keys .Values.secrets.external.remote | sortAlpha | toJson) -}}
  {{- fail (printf "secrets.external.remote needs exactly the keys %s" (join " and " $wanted)) -}}
{{- end -}}
{{- if not .Values.secrets.external.storeRef.name -}}
  {{- fail "secrets.external.storeRef.name: say which store" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Seconds of a duration such as 240s, 15m, 10h. */}}
{{- define "oauth2-proxy.seconds" -}}
{{- $number := regexFind "^[0-9]+" . | int -}}
{{- mul $number (get (dict "s" 1 "m" 60 "h" 3600) (trimPrefix (toString $number) .)) -}}
{{- end -}}
