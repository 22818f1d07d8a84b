"""What the editors learn from: messages that got no sure answer."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "unanswered_message",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("subject_id", sa.String(length=32), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unanswered_message")),
    )
    with op.batch_alter_table("unanswered_message", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_unanswered_message_asked_at"), ["asked_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_unanswered_message_subject_id"), ["subject_id"], unique=False)


def downgrade() -> None:
    """Take them back."""
    with op.batch_alter_table("unanswered_message", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_unanswered_message_subject_id"))
        batch_op.drop_index(batch_op.f("ix_unanswered_message_asked_at"))

    op.drop_table("unanswered_message")
