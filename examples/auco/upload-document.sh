#!/bin/sh
# Sends a PDF for signature, with somebody who reads along and data of one's own.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
PDF=${1:-$(dirname "$0")/sample.pdf}

curl --silent --show-error --location "$RUBRICA/v1.5/ext/document/upload" \
  --header "Authorization: $PRIVATE_KEY" \
  --header "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<JSON
{
  "name": "Arriendo Calle 5",
  "email": "owner@auco.ai",
  "subject": "Firma de arriendo",
  "message": "Por favor firma el contrato.",
  "file": "$(base64 -w 0 "$PDF")",
  "custom": {
    "order": 4711
  },
  "readers": [
    {
      "name": "Lectora Uno",
      "email": "reader@auco.ai"
    }
  ],
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
      ]
    },
    {
      "name": "Nombre Aprobador",
      "email": "approver@auco.ai",
      "role": "APPROVER",
      "order": "2"
    }
  ]
}
JSON
