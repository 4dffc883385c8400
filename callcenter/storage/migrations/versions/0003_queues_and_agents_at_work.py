"""Queues, agents at work, call-backs, dispositions, notes and voicemails"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

DISPOSITIONS = (
    ("resolved", "Đã giải quyết", "Resolved", False),
    ("follow_up", "Cần theo dõi tiếp", "Needs follow-up", False),
    ("wrong_number", "Nhầm số", "Wrong number", True),
    ("spam", "Cuộc gọi rác", "Spam", True),
    ("wrap-up-timeout", "Hết giờ mà chưa chọn", "Time ran out", True),
)
"Code, label in both languages, and whether the product itself relies on it."

BREAK_REASONS = (
    ("lunch", "Nghỉ trưa", "Lunch"),
    ("short_break", "Nghỉ ngắn", "Short break"),
    ("meeting", "Họp", "Meeting"),
    ("training", "Đào tạo", "Training"),
)


def upgrade() -> None:
    op.create_table('agent_skills',
    sa.Column('agent_id', sa.String(length=96), nullable=False),
    sa.Column('skill', sa.String(length=64), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('agent_id', 'skill', name=op.f('pk_agent_skills'))
    )
    op.create_table('agent_state_spans',
    sa.Column('agent_id', sa.String(length=96), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('forced_by', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('agent_id', 'started_at', 'state', name=op.f('pk_agent_state_spans'))
    )
    op.create_table('agent_states',
    sa.Column('agent_id', sa.String(length=96), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('reason', sa.Text(), nullable=True),
    sa.Column('since', sa.DateTime(timezone=True), nullable=False),
    sa.Column('next_state', sa.String(length=16), nullable=True),
    sa.Column('next_reason', sa.Text(), nullable=True),
    sa.Column('missed_in_row', sa.Integer(), nullable=False),
    sa.Column('wrap_up', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('idle_since', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('agent_id', name=op.f('pk_agent_states'))
    )
    op.create_table('break_reasons',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('label_en', sa.Text(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_break_reasons')),
    sa.UniqueConstraint('code', name=op.f('uq_break_reasons_code'))
    )
    op.create_table('call_dispositions',
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('agent_id', sa.String(length=96), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('call_id', 'agent_id', name=op.f('pk_call_dispositions'))
    )
    op.create_table('call_notes',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('agent_id', sa.String(length=96), nullable=False),
    sa.Column('text', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_call_notes'))
    )
    op.create_index(op.f('ix_call_notes_call_id'), 'call_notes', ['call_id'])
    op.create_table('callbacks',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('queue_id', sa.String(length=96), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('requested_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('mode', sa.String(length=16), nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('skills', sa.JSON(), nullable=False),
    sa.Column('preferred_agents', sa.JSON(), nullable=False),
    sa.Column('attempts', sa.Integer(), nullable=False),
    sa.Column('not_before', sa.DateTime(timezone=True), nullable=True),
    sa.Column('call_id', sa.String(length=64), nullable=True),
    sa.Column('last_call_id', sa.String(length=64), nullable=True),
    sa.Column('agent_id', sa.String(length=96), nullable=True),
    sa.Column('customer_name', sa.Text(), nullable=False),
    sa.Column('note', sa.Text(), nullable=False),
    sa.Column('language', sa.String(length=8), nullable=False),
    sa.Column('closed_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_callbacks'))
    )
    op.create_index('ix_callbacks_open', 'callbacks', ['arrived_at'], unique=False, sqlite_where=sa.text('closed_at IS NULL'), postgresql_where=sa.text('closed_at IS NULL'))
    op.create_index(op.f('ix_callbacks_requested_at_id'), 'callbacks', ['requested_at', 'id'])
    op.create_table('dispositions',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('code', sa.String(length=64), nullable=False),
    sa.Column('label', sa.Text(), nullable=False),
    sa.Column('label_en', sa.Text(), nullable=False),
    sa.Column('queue_ids', sa.JSON(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.Column('system', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_dispositions')),
    sa.UniqueConstraint('code', name=op.f('uq_dispositions_code'))
    )
    op.create_table('queue_calls',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('queue_id', sa.String(length=96), nullable=False),
    sa.Column('call_id', sa.String(length=64), nullable=True),
    sa.Column('callback_id', sa.String(length=64), nullable=True),
    sa.Column('number', sa.Text(), nullable=True),
    sa.Column('arrived_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('entered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('waited_ms', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.Column('agent_id', sa.String(length=96), nullable=True),
    sa.Column('position_at_entry', sa.Integer(), nullable=False),
    sa.Column('offers', sa.Integer(), nullable=False),
    sa.Column('estimated_wait_s', sa.Float(), nullable=True),
    sa.Column('within_target', sa.Boolean(), nullable=False),
    sa.Column('short_abandon', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queue_calls'))
    )
    op.create_index(op.f('ix_queue_calls_call_id'), 'queue_calls', ['call_id'])
    op.create_index(op.f('ix_queue_calls_left_at'), 'queue_calls', ['left_at'])
    op.create_index(op.f('ix_queue_calls_queue_id_left_at'), 'queue_calls', ['queue_id', 'left_at'])
    op.create_table('queue_offers',
    sa.Column('visit_id', sa.String(length=64), nullable=False),
    sa.Column('agent_id', sa.String(length=96), nullable=False),
    sa.Column('offered_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('queue_id', sa.String(length=96), nullable=False),
    sa.Column('call_id', sa.String(length=64), nullable=True),
    sa.Column('ring_ms', sa.Integer(), nullable=False),
    sa.Column('outcome', sa.String(length=16), nullable=False),
    sa.PrimaryKeyConstraint('visit_id', 'agent_id', 'offered_at', name=op.f('pk_queue_offers'))
    )
    op.create_index(op.f('ix_queue_offers_agent_id_offered_at'), 'queue_offers', ['agent_id', 'offered_at'])
    op.create_table('queues',
    sa.Column('id', sa.String(length=96), nullable=False),
    sa.Column('code', sa.String(length=96), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('store_id', sa.String(length=64), nullable=True),
    sa.Column('settings', sa.JSON(), nullable=False),
    sa.Column('enabled', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_queues')),
    sa.UniqueConstraint('code', name=op.f('uq_queues_code'))
    )
    op.create_index(op.f('ix_queues_store_id'), 'queues', ['store_id'])
    op.create_table('voicemails',
    sa.Column('id', sa.String(length=64), nullable=False),
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('box', sa.String(length=96), nullable=False),
    sa.Column('left_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('duration_ms', sa.Integer(), nullable=False),
    sa.Column('heard_by', sa.String(length=64), nullable=True),
    sa.Column('heard_at', sa.DateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_voicemails'))
    )
    op.create_index(op.f('ix_voicemails_left_at_id'), 'voicemails', ['left_at', 'id'])
    op.create_table('wrap_ups',
    sa.Column('call_id', sa.String(length=64), nullable=False),
    sa.Column('agent_id', sa.String(length=96), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('queue_id', sa.String(length=96), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_by', sa.String(length=16), nullable=False),
    sa.Column('disposition', sa.String(length=64), nullable=True),
    sa.PrimaryKeyConstraint('call_id', 'agent_id', 'started_at', name=op.f('pk_wrap_ups'))
    )
    op.create_index(op.f('ix_wrap_ups_agent_id_started_at'), 'wrap_ups', ['agent_id', 'started_at'])
    op.create_table('queue_members',
    sa.Column('queue_id', sa.String(length=96), nullable=False),
    sa.Column('agent_id', sa.String(length=96), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('weight', sa.Integer(), nullable=False),
    sa.Column('active', sa.Boolean(), nullable=False),
    sa.ForeignKeyConstraint(['queue_id'], ['queues.id'], name=op.f('fk_queue_members_queue_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('queue_id', 'agent_id', name=op.f('pk_queue_members'))
    )
    op.create_index(op.f('ix_queue_members_agent_id'), 'queue_members', ['agent_id'])

    _add_what_everybody_needs()


def _add_what_everybody_needs() -> None:
    dispositions = sa.table(
        "dispositions",
        *(sa.column(name) for name in ("id", "code", "label", "label_en", "position")),
        sa.column("queue_ids", sa.JSON()),
        sa.column("active", sa.Boolean()),
        sa.column("system", sa.Boolean()),
    )
    op.bulk_insert(
        dispositions,
        [
            {
                "id": code,
                "code": code,
                "label": vi,
                "label_en": en,
                "queue_ids": [],
                "position": position,
                "active": True,
                "system": system,
            }
            for position, (code, vi, en, system) in enumerate(DISPOSITIONS)
        ],
    )
    reasons = sa.table("break_reasons", *(sa.column(name) for name in ("id", "code", "label", "label_en", "position")))
    op.bulk_insert(
        reasons,
        [
            {"id": code, "code": code, "label": vi, "label_en": en, "position": position}
            for position, (code, vi, en) in enumerate(BREAK_REASONS)
        ],
    )


def downgrade() -> None:
    op.drop_table("queue_members")
    op.drop_table("wrap_ups")
    op.drop_table("voicemails")
    op.drop_table("queues")
    op.drop_table("queue_offers")
    op.drop_table("queue_calls")
    op.drop_table("dispositions")
    op.drop_table("callbacks")
    op.drop_table("call_notes")
    op.drop_table("call_dispositions")
    op.drop_table("break_reasons")
    op.drop_table("agent_states")
    op.drop_table("agent_state_spans")
    op.drop_table("agent_skills")
