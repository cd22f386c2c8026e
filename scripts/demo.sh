#!/usr/bin/env bash
# The whole way on this machine: a real Keycloak, the platform's realm planned, applied, and planned again.
set -euo pipefail
cd "$(dirname "$0")/.."
realmctl=.venv/bin/realmctl
cache="${REALMCTL_CACHE:-$HOME/.cache/realmctl}"
values="$cache/demo.env"

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '\n%s\n' "$*"; }

# The demo never touches a Keycloak of yours: it forgets how to reach it.
unset "${!KEYCLOAK_@}"

say "A real Keycloak (the first time takes a minute or two)"
exports=$("$realmctl" local up)
eval "$exports"

# The values that realms/platform takes from its environment: made up once, and kept outside the repository.
mkdir -p "$cache"
(umask 077 && touch "$values")
set -a
# shellcheck disable=SC1090
. "$values"
for name in $(grep -rhoE '\$\(env:[A-Z0-9_]+\)' realms/platform | sed -E 's/.*:(.*)\)/\1/' | sort -u); do
    [ -z "${!name:-}" ] || continue
    case "$name" in
        *_ID) value=$(.venv/bin/python -c 'import uuid; print(uuid.uuid4())') ;;
        *) value=$(.venv/bin/python -c 'import secrets; print(secrets.token_hex(16))') ;;
    esac
    echo "$name=$value" >>"$values"
    declare "$name=$value"
    export "${name?}"
done
set +a

say "realmctl plan: what would be done"
"$realmctl" plan realms/platform
say "realmctl apply --auto-approve: do it, and check"
"$realmctl" apply realms/platform --auto-approve | sed -n '/^ *No changes/p; /^Plan:/,$p'  # the plan was shown above
say "realmctl plan, again: nothing left to do"
"$realmctl" plan realms/platform --detailed-exitcode

say "Keycloak goes on running. What to try next:"
cat <<EOF2
  See it        $KEYCLOAK_URL/admin  (user $KEYCLOAK_USER, password $KEYCLOAK_PASSWORD; realm platform)
  Set your shell up, for the commands below:
                set -a; . $values; eval "\$($realmctl local up)"; set +a
  Change it     add a role to realms/platform/orders.yaml, then: $realmctl plan realms/platform
  By hand       change something in the console, then plan again: it shows what you did
  Take it back  $realmctl apply realms/platform
  See the words $realmctl show realms/platform
  Start yours   $realmctl init my-realms
  Stop it       $realmctl local down   (--forget-data deletes its realms, too)
EOF2
