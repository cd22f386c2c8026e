{{- define "redis.conf" -}}
bind * -::*
dir /data
appendonly yes
appendfsync everysec
save ""
maxmemory {{ .Values.maxMemory }}
maxmemory-policy volatile-ttl
{{- if .Values.tls.secretName }}
port 0
tls-port 6379
tls-cert-file /run/secrets/tls/tls.crt
tls-key-file /run/secrets/tls/tls.key
tls-auth-clients no
tls-protocols "TLSv1.2 TLSv1.3"
{{- else }}
port 6379
{{- end }}
{{- end -}}
