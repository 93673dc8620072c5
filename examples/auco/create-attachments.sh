#!/bin/sh
# Starts a process: files asked of one person, and a PDF in Base64 to sign.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
PDF=${1:-$(dirname "$0")/sample.pdf}

curl --silent --show-error --location "$RUBRICA/v1.5/ext/package/upload" \
  --header "Authorization: $PRIVATE_KEY" \
  --header "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<JSON
{
  "name": "Contratación de prueba upload 1",
  "email": "owner@auco.ai",
  "message": "Cargar adjuntos de prueba",
  "subject": "Solicitud de adjuntos",
  "packageName": "Adjuntos api prueba",
  "file": "$(base64 -w 0 "$PDF")",
  "signProfile": [
    {
      "name": "Nombre Firmante 1",
      "email": "example@auco.ai",
      "phone": "+573000000000",
      "position": [
        {
          "page": 1,
          "x": 0.5854166461564629,
          "y": 0.8034861200774693,
          "w": 100,
          "h": 50
        }
      ],
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
    }
  ]
}
JSON
