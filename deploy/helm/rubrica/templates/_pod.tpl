{{- define "rubrica.labels" -}}
app.kubernetes.io/name: rubrica
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "rubrica.container" -}}
image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"
imagePullPolicy: {{ .Values.image.pullPolicy }}
env:
  - {name: RUBRICA_PUBLIC_URL, value: {{ .Values.publicUrl | quote }}}
  {{- range $name, $value := .Values.settings }}
  - {name: {{ $name }}, value: {{ $value | quote }}}
  {{- end }}
envFrom:
  - secretRef: {name: {{ .Values.secretName }}}
securityContext:
  runAsNonRoot: true
  runAsUser: 999
  allowPrivilegeEscalation: false
  capabilities: {drop: [ALL]}
volumeMounts:
  # Bytes that are arriving, and rendered pages. What must last is in the database and the bucket.
  - {name: data, mountPath: /var/lib/rubrica}
{{- end }}

{{- define "rubrica.volumes" -}}
- name: data
  emptyDir: {}
{{- end }}
