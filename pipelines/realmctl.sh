#!/bin/sh
# Runs realmctl with the private key of its account in a file, where KEYCLOAK_SIGNING_KEY holds that key: PEM, or PEM as
# base64 where a service keeps no line breaks. The file is outside of the checkout, readable by this user alone, and
# removed at the end. Without that variable realmctl logs in with what else is set.
# REALMCTL_AGAINST is the base of `plan` and `apply` (--against). All zeros, as services write it for a branch's first push,
# and HEAD^1 of the first commit are no base. Copy this file to ci/.
#   sh ci/realmctl.sh plan …
set -eu
# Azure leaves $(NAME) as it stands if there is no variable NAME.
case "${KEYCLOAK_SIGNING_KEY:-}" in "" | '$('*) unset KEYCLOAK_SIGNING_KEY ;; esac
if [ -n "${KEYCLOAK_SIGNING_KEY:-}" ]; then
    folder=$(mktemp -d)
    trap 'rm -rf "$folder"' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM
    case "$KEYCLOAK_SIGNING_KEY" in
        *-----BEGIN*) (umask 077 && printf '%s\n' "$KEYCLOAK_SIGNING_KEY" > "$folder/key.pem") ;;
        *) (umask 077 && printf '%s' "$KEYCLOAK_SIGNING_KEY" | base64 -d > "$folder/key.pem") || {
            echo "error: KEYCLOAK_SIGNING_KEY is neither PEM nor base64." >&2
            exit 64
        } ;;
    esac
    export KEYCLOAK_CLIENT_KEY_FILE="$folder/key.pem"
    unset KEYCLOAK_SIGNING_KEY KEYCLOAK_CLIENT_SECRET
fi
against=${REALMCTL_AGAINST:-}
case "$against" in
    *[!0]*) ;;
    *) against="" ;;
esac
# In a shallow clone the commit still names its parent, so that a base that was not fetched is an error.
if [ "$against" = "HEAD^1" ] && ! git cat-file commit HEAD | sed "/^$/q" | grep -q "^parent "; then
    against=""
fi
case "${1:-}" in
    plan | apply) [ -z "$against" ] || set -- "$@" --against "$against" ;;
esac
realmctl "$@"
