#!/bin/sh
# realmctl and all it needs, as locked, into a folder of their own: what the image holds, and what a test makes without one.
#   scripts/install-into.sh FOLDER
# Nothing that builds or installs stays in it. With the same sources, Python and SOURCE_DATE_EPOCH the same files come out.
set -eu
into=$1
cd "$(dirname "$0")/.."
python=${PYTHON:-python3}
export SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-315532800}"  # 1980, as early as a wheel can be
export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore PYTHONHASHSEED=0
aside=$(mktemp -d)
trap 'rm -rf "$aside"' EXIT

"$python" -m venv "$aside/build"
"$aside/build/bin/pip" install -q --only-binary :all: --require-hashes -r requirements-build.lock
# Not built where the sources are: what an earlier build left there would come along.
mkdir "$aside/source"
cp -R pyproject.toml README.md realmctl "$aside/source"
find "$aside/source" -name __pycache__ -prune -exec rm -rf {} +
"$aside/build/bin/pip" wheel -q --no-deps --no-build-isolation -w "$aside/wheels" "$aside/source"

"$python" -m venv --without-pip "$into"
"$aside/build/bin/pip" --python "$into/bin/python" install -q --no-compile --only-binary :all: --require-hashes -r requirements.lock
"$aside/build/bin/pip" --python "$into/bin/python" install -q --no-compile --no-deps --no-index -f "$aside/wheels" realmctl

# Bytecode for a file system that is read-only, told apart from its source by content, not by time.
"$into/bin/python" -m compileall -q --invalidation-mode unchecked-hash "$into/lib"
find "$into/bin" -type f ! -name realmctl -exec rm {} +  # other packages' programs
find "$into" -exec touch -h -d "@$SOURCE_DATE_EPOCH" {} +
