#!/bin/sh
# Ready where it takes a command with the password.
set -eu
REDISCLI_AUTH="$(cat "$SECRETS/password")"
export REDISCLI_AUTH
if [ -n "${TLS:-}" ]; then set -- --tls --insecure; else set --; fi  # itself, over loopback
[ "$(redis-cli "$@" -p "$PORT" ping)" = PONG ]
