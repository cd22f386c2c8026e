#!/bin/sh
# The password's hash joins the configuration in memory: neither is in an argument, nor on a disk.
# Without what administers a server: a client that is taken over can neither reconfigure it nor empty it.
set -eu
umask 077
password="$(cat "$SECRETS/password")"
[ -n "$password" ] || { echo "the password is empty: $SECRETS/password" >&2; exit 1; }
hash="$(printf %s "$password" | sha256sum | cut -d ' ' -f 1)"
{
    cat "$CONFIG/redis.conf"
    echo "user default on #$hash ~* &* +@all -@admin -@dangerous"
} >"$RUN/redis.conf"
exec redis-server "$RUN/redis.conf"
