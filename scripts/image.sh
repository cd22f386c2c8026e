#!/usr/bin/env bash
# Builds the image with whatever engine answers. Says so where none does, and fails.
#   scripts/image.sh NAME BASE      BASE by its digest, or any with ALLOW_TAG=1 in the environment
set -euo pipefail
cd "$(dirname "$0")/.."
name=$1 base=${2:-}

case "$base" in
    *@sha256:*) ;;
    ?*) [ "${ALLOW_TAG:-}" = 1 ] || base="" ;;
esac
if [ -z "$base" ]; then
    echo "No image was built: name the base image by its digest, as a tag can be moved." >&2
    echo "    make image BASE=docker.io/library/python@sha256:…   (ALLOW_TAG=1 does without)" >&2
    exit 64
fi

engine=""
for one in docker podman buildah; do
    if command -v "$one" >/dev/null 2>&1 && timeout 20 "$one" info >/dev/null 2>&1; then
        engine=$one
        break
    fi
done
if [ -z "$engine" ]; then
    echo "No image was built: no container engine answers here (docker, podman and buildah were tried)." >&2
    echo "Install one and start it, or build the Dockerfile elsewhere. scripts/install-into.sh FOLDER makes the same files." >&2
    exit 1
fi

# The time of the last commit: the same sources give the same image.
epoch=$(git log -1 --format=%ct 2>/dev/null || echo 315532800)
arguments=(--build-arg "SOURCE_DATE_EPOCH=$epoch" --build-arg "BASE=$base")
export SOURCE_DATE_EPOCH=$epoch
if [ "$engine" = buildah ]; then
    exec buildah build --timestamp "$epoch" "${arguments[@]}" -t "$name" .
elif [ "$engine" = podman ]; then
    exec podman build --timestamp "$epoch" "${arguments[@]}" -t "$name" .
fi
exec docker buildx build --output "type=docker,rewrite-timestamp=true" "${arguments[@]}" -t "$name" .
