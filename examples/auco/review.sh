#!/bin/sh
# Decides about a file. Arguments: package, participant's id, file, approve; or reject and a reason.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
curl --silent --show-error --location "$RUBRICA/v1.5/ext/attachments/review" \
  --header "Authorization: $PRIVATE_KEY" \
  --header "Idempotency-Key: $(cat /proc/sys/kernel/random/uuid)" \
  --header 'Content-Type: application/json' \
  --data-binary @- <<JSON
{"package": "$1", "userId": "$2", "file": "$3", "decision": "$4", "reason": "${5:-}"}
JSON
