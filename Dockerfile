# The connector as Airbyte, Docker or Kubernetes runs it:
#   docker build -t airbyte/source-github-copilot-billing:dev .
#   docker run --rm airbyte/source-github-copilot-billing:dev spec
# It runs on a plain Python image too: --build-arg BASE_IMAGE=docker.io/library/python:3.11-slim
ARG BASE_IMAGE=docker.io/airbyte/python-connector-base:4.1.0@sha256:1d1aa21d34e851df4e8a87b391c27724c06e2597608e7161f4d167be853bd7b6

# hadolint ignore=DL3006
FROM ${BASE_IMAGE} AS build
# hadolint ignore=DL3002
USER 0
WORKDIR /build
SHELL ["/bin/sh", "-eu", "-c"]

# An environment of its own, without pip: what the base image has installed is neither used nor changed.
# --no-deps: the list is complete, which pip check proves below.
COPY constraints/ constraints/
RUN python3 -m venv --without-pip /opt/connector \
    && pip --python /opt/connector/bin/python install --no-cache-dir --disable-pip-version-check \
        --require-hashes --no-deps --only-binary=:all: -r constraints/connector.txt

# The tools that build the package stay in this stage; they are pinned too, as a part of the development list.
RUN python3 -m venv /opt/tools \
    && awk '/^[a-z]/ { wanted = /^(hatch-fancy-pypi-readme|hatchling|packaging|pathspec|pluggy|tomli|tomlkit|trove-classifiers)==/ } wanted' \
        constraints/development.txt > tools.txt \
    && /opt/tools/bin/pip install --no-cache-dir --disable-pip-version-check \
        --require-hashes --no-deps --only-binary=:all: -r tools.txt
COPY pyproject.toml README.md LICENSE ./
COPY source_github_copilot_billing/ source_github_copilot_billing/
RUN /opt/tools/bin/pip wheel --no-cache-dir --disable-pip-version-check --no-deps --no-build-isolation --wheel-dir dist . \
    && pip --python /opt/connector/bin/python install --no-cache-dir --disable-pip-version-check --no-deps --no-index dist/*.whl \
    && pip --python /opt/connector/bin/python check \
    # The test suites of the libraries: nothing imports them.
    && find /opt/connector -type d \( -name tests -o -name test \) -path '*/site-packages/*' \
        \( -path '*/pandas/*' -o -path '*/numpy/*' -o -path '*/joblib/*' -o -path '*/nltk/*' \) -prune -exec rm -rf {} +

# hadolint ignore=DL3006
FROM ${BASE_IMAGE}
LABEL io.airbyte.version="0.2.0" \
      io.airbyte.name="airbyte/source-github-copilot-billing" \
      org.opencontainers.image.title="source-github-copilot-billing" \
      org.opencontainers.image.description="Airbyte source for GitHub Copilot's bill" \
      org.opencontainers.image.version="0.2.0" \
      org.opencontainers.image.licenses="MIT"
COPY --from=build /opt/connector /opt/connector
# Nothing is written beside the code, so that the root file system can be read-only and the user can be any.
ENV PATH=/opt/connector/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    HOME=/tmp \
    AIRBYTE_ENTRYPOINT=source-github-copilot-billing
# Temporary files go to /tmp. Where that cannot be written, as with docker run --read-only alone, Python takes the
# working directory: shared memory can always be written. It is small: large reports need --tmpfs /tmp.
WORKDIR /dev/shm
# By number: Kubernetes (runAsNonRoot) cannot tell whether a name is root's. It is Airbyte's own user.
USER 1000:1000
ENTRYPOINT ["source-github-copilot-billing"]
