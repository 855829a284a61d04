# stubredis in the place of redis:7. See docs/container.md.
#
#   docker build -t stubredis .
#   docker run --rm -p 6379:6379 stubredis

ARG BASE=python:3.13-slim

FROM ${BASE} AS build
# How this machine reaches a package index, where that is not PyPI directly: --build-arg PIP_INDEX_URL=... PIP_CERT=...
ARG PIP_INDEX_URL
ARG PIP_CERT
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_ROOT_USER_ACTION=ignore
# pip stays behind: it lives in an environment of its own. The programs that the image offers are scripts of two lines.
RUN python3 -m venv /pip && python3 -m venv --without-pip /opt/stubredis
COPY pyproject.toml README.md LICENSE /source/
COPY stubredis /source/stubredis
RUN /pip/bin/pip --python /opt/stubredis/bin/python install --quiet --no-compile '/source[all]' \
    && /opt/stubredis/bin/python -m compileall -q --invalidation-mode unchecked-hash /opt/stubredis/lib \
    && ln -s "$(/opt/stubredis/bin/python -c 'import stubredis.container as c; print(c.__path__[0])')" /opt/stubredis/container
WORKDIR /opt/stubredis/programs
RUN script() { printf '#!/bin/sh\nexec /opt/stubredis/bin/python %s/%s "$@"\n' "$2 /opt/stubredis/container" "$3" >"$1"; } \
    && script redis-server -Iu 'entrypoint.py redis-server' && script docker-entrypoint.sh -Iu entrypoint.py \
    && script redis-cli -IS redis_cli.py && script stubredis-health -IS health.py \
    && chmod 755 ./* && ln -s ../bin/stubredis stubredis

FROM ${BASE}
LABEL org.opencontainers.image.title="stubredis" \
      org.opencontainers.image.description="A Redis-compatible server in pure Python, for development and tests" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/stubredis /opt/stubredis
# For snapshots, if they are asked for; group 0 is what OpenShift gives any user.
RUN install -d -o 10001 -g 0 -m 0775 /data
ENV PATH=/opt/stubredis/programs:$PATH PYTHONDONTWRITEBYTECODE=1
WORKDIR /data
USER 10001
EXPOSE 6379
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=1s --timeout=3s --start-period=10s --retries=5 CMD ["/opt/stubredis/bin/python", "-IS", "/opt/stubredis/container/health.py"]
ENTRYPOINT ["/opt/stubredis/bin/python", "-Iu", "/opt/stubredis/container/entrypoint.py"]
CMD ["redis-server"]
