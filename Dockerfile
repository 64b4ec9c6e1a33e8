FROM python:3.11-slim AS build
WORKDIR /src
COPY requirements.txt requirements-build.txt ./
# The environment that runs gets no pip: that of the build installs into it.
RUN python -m venv /opt/build && /opt/build/bin/pip install --no-cache-dir --require-hashes -r requirements-build.txt
RUN python -m venv --without-pip /opt/esg \
    && /opt/build/bin/pip --python /opt/esg/bin/python install --no-cache-dir --require-hashes -r requirements.txt
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY .ci/notices.py .ci/notices.py
COPY app app
RUN /opt/build/bin/pip wheel --no-cache-dir --no-deps --no-build-isolation --wheel-dir /opt/wheel . \
    && /opt/build/bin/pip --python /opt/esg/bin/python install --no-cache-dir --no-deps /opt/wheel/*.whl
# What the image is made of: the parts with their versions, and the licences and notices of others.
RUN mkdir -p /opt/esg/share/esg-metrics && cp LICENSE NOTICE /opt/esg/share/esg-metrics \
    && /opt/build/bin/cyclonedx-py environment /opt/esg/bin/python --pyproject pyproject.toml --output-reproducible \
        --output-file /opt/esg/share/esg-metrics/sbom.cdx.json \
    && /opt/esg/bin/python .ci/notices.py texts > /opt/esg/share/esg-metrics/THIRD-PARTY.txt

FROM python:3.11-slim
# The database of a container that is given no other lives on the volume, and the program cannot write elsewhere.
# Nothing that installs is left: neither pip nor the copy of it that Python keeps.
RUN useradd --system --uid 10001 --home-dir /data --create-home --shell /usr/sbin/nologin esg \
    && python -m pip uninstall --yes --root-user-action ignore setuptools wheel pip \
    && rm -rf /usr/local/lib/python3.11/ensurepip
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
