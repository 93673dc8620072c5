#!/bin/sh
# Sends a package of two documents; the PDF of each comes in a request of its own.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
PDF=${1:-$(dirname "$0")/sample.pdf}

answer=$(curl --silent --show-error --location "$RUBRICA/v1.5/ext/document/many" \
  --header "Authorization: $PRIVATE_KEY" \
  --header "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<'JSON'
{
  "name": "Arriendo e inventario",
  "email": "owner@auco.ai",
  "subject": "Firma de documentos",
  "message": "Por favor firma los dos documentos.",
  "documents": [
    {
      "name": "Arriendo",
      "signProfile": [
        {
          "name": "Nombre Firmante 1",
          "email": "example@auco.ai",
          "position": [
            {
              "page": 1,
              "x": 0.5854166461564629,
              "y": 0.8034861200774693,
              "w": 100,
              "h": 50
            }
          ]
        }
      ]
    },
    {
      "name": "Inventario",
      "signProfile": [
        {
          "name": "Nombre Firmante 1",
          "email": "example@auco.ai"
        },
        {
          "name": "Nombre Firmante 2",
          "email": "example2@auco.ai"
        }
      ]
    }
  ]
}
JSON
)
printf '%s' "$answer" | grep -o '"url": *"[^"]*"' | cut -d '"' -f 4 | while read -r url; do
  curl --silent --show-error --upload-file "$PDF" "$url" >&2
done
echo "$answer"
