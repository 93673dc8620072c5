#!/bin/sh
# The process and its participants. Argument: the package.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
curl --silent --show-error --location --get "$RUBRICA/v1.5/ext/attachments" \
  --header "Authorization: $PUBLIC_KEY" \
  --data-urlencode "package=$1"
