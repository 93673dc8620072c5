#!/bin/sh
# Every event behind a cursor, in order. Argument: the cursor of the last event that was seen, none at first.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
after=${1:-}
while :; do
  page=$(curl --silent --show-error --get "$RUBRICA/v1.5/ext/events" \
    --header "Authorization: $PUBLIC_KEY" --data-urlencode "after=$after" --data-urlencode limit=100)
  echo "$page"
  after=$(printf '%s' "$page" | sed -n 's/.*"next": *"\([^"]*\)".*/\1/p')
  [ -n "$after" ] || break
done
