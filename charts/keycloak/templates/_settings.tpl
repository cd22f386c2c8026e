{{- /* Keycloak's settings that are no secrets. The build step and the server read the same ones. */ -}}
{{- define "keycloak.settings" -}}
KC_DB: postgres
KC_HTTP_RELATIVE_PATH: {{ .Values.relativePath }}
KC_HEALTH_ENABLED: "true"
KC_METRICS_ENABLED: "true"
KC_CACHE: ispn
{{- with .Values.features.enabled }}
KC_FEATURES: {{ join "," . | quote }}
{{- end }}
{{- with .Values.features.disabled }}
KC_FEATURES_DISABLED: {{ join "," . | quote }}
{{- end }}
KC_CACHE_STACK: {{ .Values.cluster.stack }}
{{- with .Values.database }}
KC_DB_URL: {{ printf "jdbc:postgresql://%s:%v/%s?sslmode=verify-full&sslrootcert=/etc/keycloak/database/ca.crt" .host .port .name | quote }}
KC_DB_POOL_MAX_SIZE: {{ .poolMaxSize | quote }}
{{- end }}
KC_HOSTNAME: {{ .Values.hostname }}
KC_HTTP_ENABLED: "true"
KC_PROXY_HEADERS: {{ .Values.proxy.headers }}
KC_PROXY_TRUSTED_ADDRESSES: {{ join "," .Values.proxy.trustedAddresses | quote }}
KC_LOG_CONSOLE_OUTPUT: {{ .Values.log.format }}
KC_LOG_LEVEL: {{ .Values.log.level }}
{{- range $name, $value := .Values.extraEnv }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}
