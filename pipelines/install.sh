#!/bin/sh
# Installs realmctl from one wheel, whose address and SHA-256 you give, and its dependencies from a lock file with hashes.
#   REALMCTL_URL     the wheel's address: https://…/realmctl-0.1.0-py3-none-any.whl
#   REALMCTL_SHA256  its SHA-256
#   ci/requirements.lock, beside this file: the requirements.lock of that release
# Nothing is installed by its name alone: a package index could have another package of that name. Copy this file to ci/.
set -eu
here=$(dirname "$0")

refuse() {
    echo "error: $1" >&2
    echo "    docs/pipelines.md says how to set up what the pipelines install." >&2
    exit 1
}

[ -n "${REALMCTL_URL:-}" ] || refuse "REALMCTL_URL is not set: the address of the realmctl wheel to install."
[ -n "${REALMCTL_SHA256:-}" ] || refuse "REALMCTL_SHA256 is not set: the SHA-256 of the wheel at REALMCTL_URL."
case "$REALMCTL_URL" in
    *[!A-Za-z0-9:/._~%+@=,-]*) refuse "REALMCTL_URL is not an address of a file: it has a blank, a quote, a # or a ?." ;;
    https://*.whl | file:///*.whl) ;;
    *) refuse "REALMCTL_URL is not the https:// address of a wheel (.whl)." ;;
esac
case "$REALMCTL_SHA256" in
    *[!0-9a-f]*) refuse "REALMCTL_SHA256 is not a SHA-256: 64 digits and letters from a to f." ;;
esac
[ "${#REALMCTL_SHA256}" = 64 ] || refuse "REALMCTL_SHA256 is not a SHA-256: 64 digits and letters from a to f."
[ -f "$here/requirements.lock" ] || refuse "$here/requirements.lock is missing: copy it from the release of realmctl."
case "${CI_JOB_IMAGE:-@sha256:}" in
    *@sha256:*) ;;
    *) refuse "the job's image $CI_JOB_IMAGE is not pinned by a digest: set PYTHON_IMAGE to NAME@sha256:DIGEST." ;;
esac

wheel=$(mktemp)
trap 'rm -f "$wheel"' EXIT
printf 'realmctl @ %s --hash=sha256:%s\n' "$REALMCTL_URL" "$REALMCTL_SHA256" > "$wheel"
# -I: a folder `pip` in the checkout is not taken for pip.
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
python -I -m pip install --quiet --only-binary :all: --require-hashes -r "$here/requirements.lock"
python -I -m pip install --quiet --no-deps --force-reinstall --require-hashes -r "$wheel"
