"""How alembic reaches the keyring: over the connection that `bot.migrate` hands in."""

from alembic import context

from bot.schema import KEYRING_METADATA

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=KEYRING_METADATA,
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
