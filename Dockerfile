# realmctl as an image: `make image` builds it. Any Python 3.11 or later on a Debian will do as its base, such as
# docker.io/library/python:3.13.7-slim-bookworm; name it by its digest. There is no default: a tag can be moved, and what
# it then leads to would run with the accounts of Keycloak.
# It has no git: `--against` takes a folder there, no revision.
#   make image BASE=docker.io/library/python@sha256:…
ARG BASE

FROM ${BASE} AS installed
ARG SOURCE_DATE_EPOCH=315532800
WORKDIR /source
COPY pyproject.toml README.md requirements.lock requirements-build.lock ./
COPY scripts/install-into.sh scripts/
COPY realmctl realmctl
RUN PIP_NO_CACHE_DIR=1 scripts/install-into.sh /opt/realmctl

FROM ${BASE}
# Nobody installs anything here any more.
RUN rm -rf /usr/local/lib/python3.*/site-packages/pip* /usr/local/lib/python3.*/ensurepip /usr/local/bin/pip*
COPY --from=installed /opt/realmctl /opt/realmctl
ENV PATH=/opt/realmctl/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# A number, so that Kubernetes can see that it is not root.
USER 65532:65532
WORKDIR /work
ENTRYPOINT ["realmctl"]
