"""What providers and people need: leases of senders, purposes of messages, who speaks, answering hours."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables forward."""
    op.create_table(
        "answering_hours",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=False),
        sa.Column("starts", sa.String(length=5), nullable=False),
        sa.Column("ends", sa.String(length=5), nullable=False),
        sa.CheckConstraint("starts < ends", name=op.f("ck_answering_hours_hours")),
        sa.CheckConstraint("weekday BETWEEN 0 AND 6", name=op.f("ck_answering_hours_weekday")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answering_hours")),
    )
    op.create_table(
        "sender_lease",
        sa.Column("channel", sa.String(length=12), nullable=False),
        sa.Column("holder", sa.String(length=32), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_sender_lease")),
    )
    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.add_column(sa.Column("look_up_index", sa.LargeBinary(length=32), nullable=True))
        batch_op.add_column(sa.Column("failed_look_ups", sa.Integer(), server_default="0", nullable=False))

    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("held_by", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("held_at", sa.DateTime(timezone=True), nullable=True))

    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.add_column(sa.Column("reason", sa.String(length=12), server_default="asked", nullable=False))
        batch_op.add_column(sa.Column("taken_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("taken_by", sa.String(length=32), nullable=True))

    with op.batch_alter_table("outbound_message", schema=None) as batch_op:
        batch_op.add_column(sa.Column("purpose", sa.String(length=10), server_default="answer", nullable=False))
        batch_op.add_column(sa.Column("appointment_id", sa.String(length=32), nullable=True))
        batch_op.add_column(sa.Column("segments", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("lost_answers", sa.Integer(), server_default="0", nullable=False))
        batch_op.add_column(sa.Column("provider_ids", sa.LargeBinary(), nullable=True))
        batch_op.create_index(batch_op.f("ix_outbound_message_appointment_id"), ["appointment_id"], unique=False)
        batch_op.create_index("ix_outbound_message_channel_changed", ["channel", "changed_at"], unique=False)


def downgrade() -> None:
    """Take them back."""
    with op.batch_alter_table("outbound_message", schema=None) as batch_op:
        batch_op.drop_index("ix_outbound_message_channel_changed")
        batch_op.drop_index(batch_op.f("ix_outbound_message_appointment_id"))
        batch_op.drop_column("provider_ids")
        batch_op.drop_column("lost_answers")
        batch_op.drop_column("segments")
        batch_op.drop_column("appointment_id")
        batch_op.drop_column("purpose")

    with op.batch_alter_table("handover", schema=None) as batch_op:
        batch_op.drop_column("taken_by")
        batch_op.drop_column("taken_at")
        batch_op.drop_column("reason")

    with op.batch_alter_table("conversation", schema=None) as batch_op:
        batch_op.drop_column("held_at")
        batch_op.drop_column("held_by")

    with op.batch_alter_table("appointment", schema=None) as batch_op:
        batch_op.drop_column("failed_look_ups")
        batch_op.drop_column("look_up_index")

    op.drop_table("sender_lease")
    op.drop_table("answering_hours")
