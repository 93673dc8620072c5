#!/bin/sh
# The same by the code of the document. Arguments: the code and the participant's id.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
curl --silent --show-error --location --get "$RUBRICA/v1.5/ext/attachments" \
  --header "Authorization: $PUBLIC_KEY" \
  --data-urlencode "code=$1" \
  --data-urlencode "userId=$2"
