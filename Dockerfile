# One image for web, worker, beat and the one-off commands; compose.yaml says which is which.
FROM python:3.12-slim AS build
COPY requirements.txt /build/
RUN python -m venv /venv \
    && /venv/bin/pip install --no-cache-dir --require-hashes --no-deps -r /build/requirements.txt \
    && /venv/bin/pip uninstall --yes pip

FROM python:3.12-slim
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PORTAL_DATA_DIR=/data
RUN useradd --system --uid 10001 --home-dir /app portal && install -d -o portal -g portal -m 0750 /data
COPY --from=build /venv /venv
COPY . /app
WORKDIR /app
USER portal
VOLUME /data
EXPOSE 8000
CMD ["granian", "--interface", "wsgi", "privacy_portal.wsgi:application"]
