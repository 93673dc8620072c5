#!/bin/sh
# Starts a process whose PDF comes in a second request, with checks of each person of their own.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
PDF=${1:-$(dirname "$0")/sample.pdf}

answer=$(curl --silent --show-error --location "$RUBRICA/v1.5/ext/package/upload" \
  --header "Authorization: $PRIVATE_KEY" \
  --header "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<'JSON'
{
  "name": "Prueba de Anexos Compress y validaciones individuales",
  "email": "owner@auco.ai",
  "message": "Cargar adjuntos de prueba",
  "subject": "Solicitud de adjuntos",
  "packageName": "Adjuntos api prueba 2",
  "signProfile": [
    {
      "type": "firmante1",
      "name": "Nombre Firmante 1",
      "email": "example@auco.ai",
      "camera": true,
      "otpCode": true,
      "options": {
        "camera": "identification",
        "video": true,
        "whatsapp": true,
        "otpCode": "email"
      },
      "phone": "+573000000000",
      "identification": "1084340519",
      "identificationType": "CC",
      "country": "CO",
      "files": [
        {
          "name": "cedula de ciudadanía"
        },
        {
          "name": "hoja de vida"
        },
        {
          "name": "pasaporte",
          "optional": true
        }
      ]
    },
    {
      "type": "firmante2",
      "name": "Nombre Firmante 2",
      "email": "example2@auco.ai",
      "phone": "+573000000000",
      "otpCode": true,
      "options": {
        "otpCode": "email"
      },
      "files": [
        {
          "name": "certificado"
        }
      ]
    }
  ],
  "compress": true
}
JSON
)
url=$(printf '%s' "$answer" | sed 's/.*"url": *"\([^"]*\)".*/\1/')
curl --silent --show-error --upload-file "$PDF" "$url" >&2
echo "$answer"
