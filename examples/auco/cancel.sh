#!/bin/sh
# Cancels documents; the answer says of which it could not. Arguments: the codes.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
codes=$(printf '"%s",' "$@")
curl --silent --show-error --location "$RUBRICA/v1.5/ext/document/cancel" \
  --header "Authorization: $PRIVATE_KEY" \
  --header "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
  --header 'Content-Type: application/json' \
  --data-raw "{\"codes\": [${codes%,}], \"message\": \"La oferta fue retirada.\", \"email\": \"owner@auco.ai\"}"
