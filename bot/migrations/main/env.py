"""How alembic reaches the main database: over the connection that `bot.migrate` hands in."""

from alembic import context

from bot.schema import MAIN_METADATAS

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=list(MAIN_METADATAS),
    render_as_batch=True,
    transaction_per_migration=False,
)
context.run_migrations()
