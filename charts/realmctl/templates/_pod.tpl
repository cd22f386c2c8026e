{{- /* The pod of every job. of: drift, apply, entra or gateway; args: realmctl's; login: its own; fleet: whether it serves one;
keycloak: whether it asks Keycloak at all. */ -}}
{{- define "realmctl.pod" -}}
{{- $values := .root.Values -}}
{{- $servers := .fleet | ternary $values.fleet.servers (dict "keycloak" (merge (dict "login" .login) $values.keycloak)) -}}
{{- $trust := .keycloak | ternary (include "realmctl.trust" (dict "root" .root "servers" $servers)) "" | trim -}}
metadata:
  labels:
    {{- include "realmctl.selector" .root | nindent 4 }}
    app.kubernetes.io/component: {{ .of }}
    app.kubernetes.io/part-of: platform
    sidecar.istio.io/inject: {{ $values.mesh.sidecar | quote }}
    {{- if and (eq .of "entra") $values.entraCheck.workloadIdentity }}
    azure.workload.identity/use: "true"
    {{- end }}
    {{- with $values.podLabels }}{{ toYaml . | nindent 4 }}{{ end }}
  {{- with $values.podAnnotations }}
  annotations: {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "realmctl.serviceAccount" . }}
  automountServiceAccountToken: false
  enableServiceLinks: false
  securityContext:
    runAsNonRoot: true
    runAsUser: 65532
    runAsGroup: 65532
    fsGroup: 65532
    seccompProfile: { type: RuntimeDefault }
  {{- with $values.image.pullSecrets }}
  imagePullSecrets:
    {{- range . }}
    - name: {{ . }}
    {{- end }}
  {{- end }}
  {{- if $values.files.git.repository }}
  initContainers:
    - name: files
      image: {{ include "realmctl.gitImage" .root }}
      command:
        - sh
        - -euc
        - |
          git init -q /realms/git
          git -C /realms/git fetch -q --depth 1 "$REPOSITORY" "$REF"
          git -C /realms/git checkout -q FETCH_HEAD
      env:
        - { name: HOME, value: /tmp }
        - { name: REPOSITORY, value: {{ $values.files.git.repository | quote }} }
        - { name: REF, value: {{ $values.files.git.ref | quote }} }
        - { name: GIT_TERMINAL_PROMPT, value: "0" }
        {{- with $values.files.git.secretName }}
        - { name: GIT_CONFIG_COUNT, value: "1" }
        - { name: GIT_CONFIG_KEY_0, value: credential.helper }
        - name: GIT_CONFIG_VALUE_0
          value: '!said() { echo "username=$GIT_USERNAME"; echo "password=$GIT_PASSWORD"; }; said'
        - name: GIT_USERNAME
          valueFrom: { secretKeyRef: { name: {{ . }}, key: username } }
        - name: GIT_PASSWORD
          valueFrom: { secretKeyRef: { name: {{ . }}, key: password } }
        {{- end }}
      securityContext: {{- include "realmctl.confined" . | nindent 8 }}
      resources: {{- toYaml $values.resources | nindent 8 }}
      volumeMounts:
        - { name: git, mountPath: /realms }
        - { name: tmp, mountPath: /tmp }
  {{- end }}
  containers:
    - name: realmctl
      image: {{ include "realmctl.image" .root }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      args:
        {{- range .args }}
        - {{ . | quote }}
        {{- end }}
      env:
        - { name: HOME, value: /tmp }
        {{- if and .keycloak (not .fleet) }}
        {{- include "realmctl.environment" (dict "keycloak" $values.keycloak "all" $values.login "own" .login) | nindent 8 }}
        {{- end }}
        {{- if .fleet }}
        {{- range $name, $server := $values.fleet.servers }}
        {{- $login := include "realmctl.login" (dict "all" $values.login "own" $server.login) | fromYaml }}
        {{- if eq $login.by "secret" }}
        - name: {{ include "realmctl.variable" $name }}
          valueFrom: { secretKeyRef: { name: {{ $login.secret.name }}, key: {{ $login.secret.key }} } }
        {{- end }}
        {{- end }}
        {{- end }}
        {{- if eq .of "apply" }}
        - { name: REALMCTL_SOURCE, value: {{ printf "%s/%s in the cluster" .root.Release.Namespace .root.Release.Name | quote }} }
        {{- end }}
        {{- if and $values.pushGateway (has .of (list "drift" "entra")) }}
        - { name: REALMCTL_PUSH_GATEWAY, value: {{ $values.pushGateway | quote }} }
        {{- end }}
        {{- if and $values.webhook.secretName (eq .of "drift") }}
        - name: REALMCTL_WEBHOOK
          valueFrom: { secretKeyRef: { name: {{ $values.webhook.secretName }}, key: {{ $values.webhook.key }} } }
        {{- end }}
        {{- range $name, $value := $values.env }}
        - { name: {{ $name }}, value: {{ $value | quote }} }
        {{- end }}
        {{- range $name, $from := $values.secretEnv }}
        - name: {{ $name }}
          valueFrom: { secretKeyRef: { name: {{ $from.secretName }}, key: {{ $from.key }} } }
        {{- end }}
      securityContext: {{- include "realmctl.confined" . | nindent 8 }}
      resources: {{- toYaml $values.resources | nindent 8 }}
      volumeMounts:
        - { name: tmp, mountPath: /tmp }
        {{- range $folder, $_ := $values.files.configMaps }}
        - { name: realm-{{ $folder }}, mountPath: /realms/{{ $folder }}, readOnly: true }
        {{- end }}
        {{- range $folder, $_ := $values.files.inline }}
        - { name: realm-{{ $folder }}, mountPath: /realms/{{ $folder }}, readOnly: true }
        {{- end }}
        {{- if $values.files.git.repository }}
        - { name: git, mountPath: /realms, readOnly: true }
        {{- end }}
        {{- if $trust }}
        - { name: login, mountPath: /var/run/secrets/realmctl, readOnly: true }
        {{- end }}
        {{- if .fleet }}
        - { name: fleet, mountPath: /etc/realmctl/fleet, readOnly: true }
        {{- end }}
        {{- with $values.extraVolumeMounts }}{{ toYaml . | nindent 8 }}{{ end }}
  volumes:
    - { name: tmp, emptyDir: { sizeLimit: 64Mi } }
    {{- range $folder, $name := $values.files.configMaps }}
    - { name: realm-{{ $folder }}, configMap: { name: {{ $name }} } }
    {{- end }}
    {{- range $folder, $_ := $values.files.inline }}
    - { name: realm-{{ $folder }}, configMap: { name: {{ include "realmctl.name" $.root }}-{{ $folder }} } }
    {{- end }}
    {{- if $values.files.git.repository }}
    - { name: git, emptyDir: { sizeLimit: 256Mi } }
    {{- end }}
    {{- with $trust }}
    - name: login
      projected:
        sources: {{- . | nindent 10 }}
    {{- end }}
    {{- if .fleet }}
    - { name: fleet, configMap: { name: {{ include "realmctl.name" .root }}-fleet } }
    {{- end }}
    {{- with $values.extraVolumes }}{{ toYaml . | nindent 4 }}{{ end }}
  {{- if .fleet }}
  topologySpreadConstraints:
    - topologyKey: kubernetes.io/hostname
      maxSkew: 1
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels:
          {{- include "realmctl.selector" .root | nindent 10 }}
          app.kubernetes.io/component: {{ .of }}
  {{- end }}
  {{- with $values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with $values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
{{- end }}

{{- /* A job's spec around its pod. final: exit codes that another try can't change. */ -}}
{{- define "realmctl.job" -}}
{{- $indexed := .fleet | default false -}}
{{- if $indexed -}}
completionMode: Indexed
completions: {{ len .root.Values.fleet.servers }}
parallelism: {{ .root.Values.fleet.parallelism | default (len .root.Values.fleet.servers) }}
backoffLimitPerIndex: {{ .settings.retries }}
{{- else -}}
backoffLimit: {{ .settings.retries }}
{{- end }}
activeDeadlineSeconds: {{ .settings.deadline }}
{{- /* A hook is taken away by whoever made it. */}}
{{- if ne .of "apply" }}
ttlSecondsAfterFinished: {{ .settings.keep }}
{{- end }}
podFailurePolicy:
  rules:
    - action: {{ $indexed | ternary "FailIndex" "FailJob" }}
      onExitCodes: { containerName: realmctl, operator: In, values: {{ .final | toJson }} }
    - action: Ignore
      onPodConditions: [{ type: DisruptionTarget, status: "True" }]
template: {{- include "realmctl.pod" . | nindent 2 }}
{{- end }}

{{- /* What realmctl reads, and with which variables. */ -}}
{{- define "realmctl.reads" -}}
{{- $args := list -}}
{{- range $name, $value := .Values.vars }}{{ $args = concat $args (list "--var" (printf "%s=%v" $name $value)) }}{{ end -}}
{{- concat $args (.Values.files.paths | default (list "/realms")) | toJson -}}
{{- end }}
