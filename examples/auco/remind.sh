#!/bin/sh
# Reminds a signer. Arguments: the code of the document and the signer's id.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
curl --silent --show-error --location "$RUBRICA/v1.5/ext/document/reminder" \
  --header "Authorization: $PRIVATE_KEY" \
  --header "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
  --header 'Content-Type: application/json' \
  --data-raw "{\"code\": \"$1$2\"}"
