#!/bin/sh
# Every process of the organization, newest first, a line each.
set -eu
: "${RUBRICA:=http://127.0.0.1:8000}"
after=
while :; do
  page=$(curl --silent --show-error --get "$RUBRICA/v1.5/ext/processes" \
    --header "Authorization: $PUBLIC_KEY" --data-urlencode "after=$after" --data-urlencode limit=100)
  echo "$page"
  after=$(printf '%s' "$page" | sed -n 's/.*"next": *"\([^"]*\)".*/\1/p')
  [ -n "$after" ] || break
done
