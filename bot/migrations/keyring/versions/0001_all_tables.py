"""All tables of the first release."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "wrapped_key",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("wrapped", sa.LargeBinary(), nullable=False),
        sa.Column("master_id", sa.String(length=40), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("wrapped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wrapped_key")),
    )
    with op.batch_alter_table("wrapped_key", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_wrapped_key_created_at"), ["created_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_wrapped_key_master_id"), ["master_id"], unique=False)


def downgrade() -> None:
    """Take them back."""
    with op.batch_alter_table("wrapped_key", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_wrapped_key_master_id"))
        batch_op.drop_index(batch_op.f("ix_wrapped_key_created_at"))

    op.drop_table("wrapped_key")
