"""Run migrations on the connection the caller opened; the caller's transaction commits them."""

from alembic import context

from app.models import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=connection.dialect.name == "sqlite")
if connection.dialect.name == "postgresql":
    connection.exec_driver_sql("SET LOCAL lock_timeout = '2s'")
context.run_migrations()
