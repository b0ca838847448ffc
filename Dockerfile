# The wheels are made in one stage and installed in the next, so the image carries neither compilers nor caches.
FROM python:3.11-slim AS wheels
WORKDIR /wheels
COPY requirements.txt .
RUN pip wheel --no-cache-dir --no-deps --require-hashes --wheel-dir /wheels -r requirements.txt

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 CLINIC_VAR=/var/lib/clinic \
    STATICFILES_BACKEND=whitenoise.storage.CompressedManifestStaticFilesStorage
RUN groupadd --gid 10001 clinic && useradd --uid 10001 --gid clinic --no-create-home --shell /usr/sbin/nologin clinic \
    && install -d -o clinic -g clinic /var/lib/clinic
RUN --mount=from=wheels,source=/wheels,target=/wheels pip install --no-cache-dir --no-index --no-deps /wheels/*.whl
WORKDIR /app
COPY manage.py pyproject.toml ./
COPY clinic clinic
COPY odoo_bridge odoo_bridge
COPY templates templates
COPY static static
USER clinic
# The key is only for this step: the real one comes from the environment.
RUN SECRET_KEY=collectstatic DATABASE_URL=sqlite:////tmp/none python manage.py collectstatic --no-input --verbosity 0
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD ["python", "-m", "clinic.demo.running.healthy"]
CMD ["gunicorn", "clinic.wsgi", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "8", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
