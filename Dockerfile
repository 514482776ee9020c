# The hub's own processes: API, worker and migrations are one image with different commands.

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv --without-pip /opt/hub
# Dependencies first: they change less often than the code.
COPY requirements.txt /src/
RUN python -m pip --python /opt/hub/bin/python install --require-hashes --only-binary :all: -r /src/requirements.txt
COPY connectors /opt/hub/app/connectors
COPY graph /opt/hub/app/graph
COPY hub /opt/hub/app/hub
COPY resolvers /opt/hub/app/resolvers
COPY rules /opt/hub/app/rules
COPY workers /opt/hub/app/workers
# `docker compose exec api hub ...`: the packages are copied and not installed, so that nothing else makes the command.
RUN printf '#!/bin/sh\nexec python -m hub.cli "$@"\n' >/opt/hub/bin/hub && chmod 755 /opt/hub/bin/hub
# The image is read-only where it runs: bytecode is compiled once, here.
RUN /opt/hub/bin/python -m compileall -q /opt/hub/lib /opt/hub/app


FROM python:3.13-slim-bookworm
RUN python -m pip uninstall --yes --quiet --root-user-action ignore pip \
    && useradd --system --uid 10001 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin hub
COPY --from=build /opt/hub /opt/hub
COPY LICENSE NOTICE /opt/hub/
ENV PATH=/opt/hub/bin:$PATH PYTHONPATH=/opt/hub/app PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1 \
    HUB_LOG_FORMAT=json HUB_DATA_DIR=/tmp/hub
USER 10001:10001
WORKDIR /tmp
EXPOSE 8000
ENTRYPOINT ["hub"]
CMD ["--help"]
