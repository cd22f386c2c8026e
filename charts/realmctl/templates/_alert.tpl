{{- define "realmctl.alert" -}}
- alert: {{ .alert }}
  expr: {{ .expr | quote }}
  {{- with .for }}
  for: {{ . }}
  {{- end }}
  labels:
    severity: {{ .severity }}
  annotations:
    summary: {{ .summary | quote }}
    description: {{ .description | quote }}
    {{- with .root.Values.alerts.runbookUrl }}
    runbook_url: {{ . | quote }}
    {{- end }}
{{- end }}
