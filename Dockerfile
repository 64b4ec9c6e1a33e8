FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
RUN python -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.txt
RUN python -m venv /opt/esg && /opt/esg/bin/pip install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY app app
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /opt/wheel . \
    && /opt/esg/bin/pip install --no-cache-dir --no-deps /opt/wheel/*.whl

FROM python:3.11-slim
# The database of a container that is given no other lives on the volume, and the program cannot write elsewhere.
RUN useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin esg
COPY --from=build /opt/esg /opt/esg
ENV PATH=/opt/esg/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    ESG_DATABASE_URL=sqlite:////data/esg.db
USER 10001
WORKDIR /data
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health/ready', timeout=4)"]
ENTRYPOINT ["esg"]
CMD ["serve", "--host", "0.0.0.0", "--port", "8000"]
