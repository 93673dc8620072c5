#!/bin/sh
# A document, its status and its signers. Argument: the code.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
curl --silent --show-error --location --get "$RUBRICA/v1.5/ext/document" \
  --header "Authorization: $PUBLIC_KEY" \
  --data-urlencode "code=$1"
