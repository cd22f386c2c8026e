{{- /* As whom realmctl logs in: to one Keycloak by environment variables, to each of a fleet by a file. */ -}}

{{- /* login: a job's own over that of all. With a user, the secret is the password; without one, the client's. */ -}}
{{- define "realmctl.login" -}}
{{- $login := mergeOverwrite (deepCopy .all) (deepCopy (.own | default dict)) -}}
{{- if and (eq $login.by "secret") (not (and $login.secret.name (or $login.user $login.clientId))) }}
{{- fail "login.by is secret: say login.secret.name, and login.clientId (whose secret it is) or login.user (whose password)" }}
{{- end }}
{{- if and (eq $login.by "key") (not (and $login.secret.name $login.clientId)) }}
{{- fail "login.by is key: say login.secret.name (the Secret with the private key) and login.clientId (whose key it is)" }}
{{- end }}
{{- toYaml $login -}}
{{- end }}

{{- /* Files that a login takes, for each server NAME.jwt or NAME.key, NAME.crt, NAME-tls.crt and NAME-tls.key: sources of a projected volume. The token is for
the realm's issuer, and for an hour at most, as Keycloak takes none older. */ -}}
{{- define "realmctl.trust" -}}
{{- range $name, $server := .servers }}
{{- $login := include "realmctl.login" (dict "all" $.root.Values.login "own" $server.login) | fromYaml }}
{{- if eq $login.by "serviceAccount" }}
{{- $public := required (printf "say the publicUrl of %s: the token's audience is its realm's issuer" $name) $server.publicUrl }}
- serviceAccountToken:
    path: {{ $name }}.jwt
    audience: {{ printf "%s/realms/%s" (trimSuffix "/" $public) $login.realm | quote }}
    expirationSeconds: 3600
{{- else if eq $login.by "key" }}
- secret:
    name: {{ $login.secret.name }}
    items: [{ key: {{ $login.secret.key }}, path: {{ $name }}.key }]
{{- end }}
{{- with $server.clientCertificate }}
- secret:
    name: {{ . }}
    items: [{ key: tls.crt, path: {{ $name }}-tls.crt }, { key: tls.key, path: {{ $name }}-tls.key }]
{{- end }}
{{- with $server.ca }}
{{- if .name }}
- {{ eq .kind "Secret" | ternary "secret" "configMap" }}:
    name: {{ .name }}
    items: [{ key: {{ .key }}, path: {{ $name }}.crt }]
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "realmctl.environment" -}}
{{- $login := include "realmctl.login" . | fromYaml -}}
- { name: KEYCLOAK_URL, value: {{ .keycloak.url | quote }} }
- { name: KEYCLOAK_REALM, value: {{ $login.realm | quote }} }
{{- with $login.clientId }}
- { name: KEYCLOAK_CLIENT_ID, value: {{ . | quote }} }
{{- end }}
{{- if eq $login.by "serviceAccount" }}
- { name: KEYCLOAK_JWT_TOKEN_FILE, value: /var/run/secrets/realmctl/keycloak.jwt }
{{- else if eq $login.by "key" }}
- { name: KEYCLOAK_CLIENT_KEY_FILE, value: /var/run/secrets/realmctl/keycloak.key }
- { name: KEYCLOAK_PUBLIC_URL, value: {{ .keycloak.publicUrl | required "say keycloak.publicUrl: what the key signs is for that server's realm alone" | quote }} }
{{- else }}
{{- with $login.user }}
- { name: KEYCLOAK_USER, value: {{ . | quote }} }
{{- end }}
- name: {{ $login.user | empty | ternary "KEYCLOAK_CLIENT_SECRET" "KEYCLOAK_PASSWORD" }}
  valueFrom: { secretKeyRef: { name: {{ $login.secret.name }}, key: {{ $login.secret.key }} } }
{{- end }}
{{- if .keycloak.ca.name }}
- { name: KEYCLOAK_CA_FILE, value: /var/run/secrets/realmctl/keycloak.crt }
{{- end }}
{{- if .keycloak.clientCertificate }}
- { name: KEYCLOAK_CLIENT_CERT, value: /var/run/secrets/realmctl/keycloak-tls.crt }
- { name: KEYCLOAK_CLIENT_KEY, value: /var/run/secrets/realmctl/keycloak-tls.key }
{{- end }}
- { name: KEYCLOAK_CLIENT_TIMEOUT, value: {{ .keycloak.timeout | quote }} }
{{- end }}

{{- /* The environment variable that holds a server's secret: PRODUCTION_EU_SECRET. */ -}}
{{- define "realmctl.variable" -}}
{{ . | upper | replace "-" "_" | replace "." "_" }}_SECRET
{{- end }}

{{- /* One server of a fleet, as realmctl's fleet file says it: a file for each index. */ -}}
{{- define "realmctl.server" -}}
{{- $login := include "realmctl.login" (dict "all" .root.Values.login "own" .server.login) | fromYaml -}}
{{- $one := dict "url" .server.url "loginRealm" $login.realm "paths" (.server.paths | default (list "/realms")) -}}
{{- with $login.clientId }}{{ $_ := set $one "clientId" . }}{{ end -}}
{{- if eq $login.by "serviceAccount" -}}
{{- $_ := set $one "assertionFile" (printf "/var/run/secrets/realmctl/%s.jwt" .name) -}}
{{- else if eq $login.by "key" -}}
{{- $_ := set $one "keyFile" (printf "/var/run/secrets/realmctl/%s.key" .name) -}}
{{- $_ := set $one "publicUrl" (required (printf "say the publicUrl of %s: what the key signs is for that server's realm alone" .name) .server.publicUrl) -}}
{{- else if $login.user -}}
{{- $_ := set $one "user" $login.user -}}
{{- $_ := set $one "passwordEnv" (include "realmctl.variable" .name) -}}
{{- else -}}
{{- $_ := set $one "clientSecretEnv" (include "realmctl.variable" .name) -}}
{{- end -}}
{{- if (.server.ca | default dict).name }}{{ $_ := set $one "ca" (printf "/var/run/secrets/realmctl/%s.crt" .name) }}{{ end -}}
{{- if .server.clientCertificate -}}
{{- $_ := set $one "clientCert" (printf "/var/run/secrets/realmctl/%s-tls.crt" .name) -}}
{{- $_ := set $one "clientKey" (printf "/var/run/secrets/realmctl/%s-tls.key" .name) -}}
{{- end -}}
{{- with .server.timeout }}{{ $_ := set $one "timeout" . }}{{ end -}}
{{- with .server.vars }}{{ $_ := set $one "vars" . }}{{ end -}}
{{- toYaml (dict "servers" (dict .name $one)) -}}
{{- end }}
