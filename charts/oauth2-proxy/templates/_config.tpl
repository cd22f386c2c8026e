{{/* oauth2-proxy.cfg: what the alpha configuration has no place for. Secrets come by file and environment. */}}
{{- define "oauth2-proxy.cfg" -}}
{{- $gateway := .Values.gateway -}}
{{- $prefix := include "oauth2-proxy.prefix" . -}}
proxy_prefix = {{ $prefix | toJson }}
# Below the prefix, which ends at oauth2-proxy: on their own they would be answered 200, and so let through to a
# service.
ping_path = {{ printf "%s/ping" $prefix | toJson }}
ready_path = {{ printf "%s/ready" $prefix | toJson }}

# No X-Forwarded-… header of anybody is believed: redirects follow redirect_url and the Host header that Envoy checked.
reverse_proxy = false
{{- with $gateway.client.redirectUrl }}
redirect_url = {{ . | toJson }}
{{- else }}
# A login ends at the host it began at, so the redirect URI follows the Host header; Keycloak takes exactly
# {{ join ", " $gateway.client.redirectUris }}
{{- end }}
skip_provider_button = true
# Its version is nobody's business.
footer = "-"
email_domains = {{ .Values.emailDomains | toJson }}
# Where a login or a logout may end, beside the host itself: exact hosts, never a wildcard.
whitelist_domains = {{ include "oauth2-proxy.elsewhere" . }}

# API clients: their own token in place of a session, and 403 in place of a login page for a bad one.
skip_jwt_bearer_tokens = true
bearer_token_login_fallback = false
api_routes = {{ .Values.apiRoutes | toJson }}

cookie_name = {{ $gateway.cookie.name | toJson }}
cookie_secret_file = "/run/secrets/oauth2-proxy/cookie-secret"
{{- with $gateway.cookie.domain }}
cookie_domains = {{ list . | toJson }}
{{- end }}
cookie_path = "/"
cookie_secure = {{ $gateway.cookie.secure }}
cookie_httponly = true
# Not strict: the way back from the identity provider begins on another site.
cookie_samesite = "lax"
cookie_expire = {{ $gateway.cookie.expire | toJson }}
# Earlier than the access token's end, which is {{ $gateway.lifetimes.accessToken }}s.
cookie_refresh = {{ $gateway.cookie.refresh | toJson }}
# Two tabs that log in at once do not disturb each other; the oldest of many is forgotten, so that headers stay small.
cookie_csrf_per_request = true
cookie_csrf_per_request_limit = 8
cookie_csrf_expire = {{ .Values.loginTimeout | toJson }}

session_store_type = "redis"
redis_connection_url = {{ .Values.redis.url | toJson }}
{{- with .Values.redis.username }}
redis_username = {{ . | toJson }}
{{- end }}
{{- if .Values.redis.ca.secretName }}
redis_ca_path = "/run/secrets/redis-ca/ca.crt"
{{- end }}

auth_logging = {{ .Values.logging.auth }}
request_logging = {{ .Values.logging.requests }}
silence_ping_logging = true
{{- end -}}

{{/*
Keycloak's host, where the gateway has another: a logout goes there. oauth2-proxy takes an address with a host for one of
somebody else's, also where it is one of its own.
*/}}
{{- define "oauth2-proxy.elsewhere" -}}
{{- $issuer := urlParse .Values.gateway.issuer -}}
{{- $own := list -}}
{{- range .Values.gateway.hosts }}{{ $own = append $own .name }}{{ end -}}
{{- if eq (uniq $own | toJson) (list $issuer.host | toJson) }}[]{{ else }}{{ list $issuer.host | toJson }}{{ end -}}
{{- end -}}

{{/* alpha.yaml: what nothing else can say, such as the access token and single claims as headers of the answer. */}}
{{- define "oauth2-proxy.alpha" -}}
{{- $gateway := .Values.gateway -}}
{{- $standard := list "user" "email" "groups" "preferred_username" -}}
{{- $additional := list -}}
{{- range $claim := values .Values.identityHeaders }}
{{- if not (has $claim $standard) }}{{ $additional = append $additional $claim }}{{ end }}
{{- end -}}
server:
  {{- if .Values.tls.secretName }}
  bindAddress: "-"
  secureBindAddress: 0.0.0.0:4180
  tls:
    minVersion: {{ .Values.tls.minVersion }}
    cert: { fromFile: /run/secrets/tls/tls.crt }
    key: { fromFile: /run/secrets/tls/tls.key }
  {{- else }}
  bindAddress: 0.0.0.0:4180
  {{- end }}
metricsServer:
  bindAddress: {{ if .Values.metrics.enabled }}0.0.0.0:{{ .Values.metrics.port }}{{ else }}"-"{{ end }}
upstreamConfig:
  upstreams:
    # Envoy's check over HTTP takes 200 for yes, and nothing else (202, as many guides have it, is a no).
    - { id: allowed, path: /, static: true, staticCode: 200 }
injectRequestHeaders: []
injectResponseHeaders:
  - name: authorization
    values: [{ claimSource: { claim: access_token, prefix: "Bearer " } }]
  {{- range $header, $claim := .Values.identityHeaders }}
  - name: {{ $header }}
    values: [{ claimSource: { claim: {{ $claim | quote }} } }]
  {{- end }}
providers:
  - id: keycloak
    name: {{ $gateway.realm | quote }}
    provider: oidc
    clientID: {{ $gateway.client.id | quote }}
    clientSecretFile: /run/secrets/oauth2-proxy/client-secret
    scope: {{ join " " $gateway.client.scopes | quote }}
    code_challenge_method: S256
    # The issuer is what the browser sees, and what tokens say; what is fetched from inside is fetched inside.
    loginURL: {{ $gateway.endpoints.public.authorization | quote }}
    redeemURL: {{ $gateway.endpoints.internal.token | quote }}
    profileURL: {{ $gateway.endpoints.internal.userinfo | quote }}
    # It would end Keycloak's session before the logout link could use it to end the identity provider's.
    backendLogoutURL: ""
    {{- with $additional }}
    additionalClaims: {{ uniq . | sortAlpha | toJson }}
    {{- end }}
    {{- if .Values.keycloak.ca.secretName }}
    caFiles: [/run/secrets/keycloak-ca/ca.crt]
    useSystemTrustStore: true
    {{- end }}
    oidcConfig:
      issuerURL: {{ $gateway.issuer | quote }}
      jwksURL: {{ $gateway.endpoints.internal.keys | quote }}
      skipDiscovery: true
      insecureSkipIssuerVerification: false
      insecureSkipNonce: false
      insecureAllowUnverifiedEmail: false
      emailClaim: email
      {{- with $gateway.groupsClaim }}
      groupsClaim: {{ . | quote }}
      {{- end }}
      audienceClaims: [aud]
      # Programs bring tokens that are for a service, not for this client; which service's, its own policy decides.
      extraAudiences: {{ concat $gateway.audiences .Values.extraAudiences | uniq | toJson }}
{{- end -}}
