"""the first schema."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


APPEND_ONLY = ("entry", "sale", "void", "order_state", "closing", "supplement", "answer", "delivery_event", "audit")


def upgrade() -> None:
    op.create_table(
        "account",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("totp_secret", sa.String(length=400), nullable=True),
        sa.Column("totp_confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("email", name=op.f("uq_account_email")),
    )
    op.create_table(
        "bazaar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("help_phone", sa.String(length=20), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bazaar")),
        sa.UniqueConstraint("slug", name=op.f("uq_bazaar_slug")),
    )
    op.create_table(
        "beat",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("error", sa.String(length=400), nullable=True),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_beat")),
    )
    op.create_table(
        "worker_lease",
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_worker_lease")),
    )
    op.create_table(
        "account_token",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "purpose",
            sa.Enum(
                "first_organizer",
                "invitation",
                "password_reset",
                "sign_in",
                name="token_purpose",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("bazaar_id", sa.Integer(), nullable=True),
        sa.Column("role", sa.Enum("organizer", "host", name="role", native_enum=False, create_constraint=True, length=24), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_account_token_account_id_account")),
        sa.ForeignKeyConstraint(["bazaar_id"], ["bazaar.id"], name=op.f("fk_account_token_bazaar_id_bazaar")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_token")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_account_token_token_hash")),
    )
    op.create_table(
        "audit",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("bazaar_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("actor", sa.String(length=120), nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("subject_kind", sa.String(length=40), nullable=False),
        sa.Column("subject_id", sa.Integer(), nullable=True),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_audit_account_id_account")),
        sa.ForeignKeyConstraint(["bazaar_id"], ["bazaar.id"], name=op.f("fk_audit_bazaar_id_bazaar")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_bazaar_id"), ["bazaar_id"], unique=False)
        batch_op.create_index("ix_audit_subject", ["subject_kind", "subject_id"], unique=False)

    op.create_table(
        "edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bazaar_id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=60), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("timezone", sa.String(length=60), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("gap_days", sa.Integer(), nullable=False),
        sa.Column("wanted_gap_days", sa.Integer(), nullable=False),
        sa.Column("adjacent_categories", sa.String(length=4), nullable=False),
        sa.Column("good_from_minute", sa.Integer(), nullable=False),
        sa.Column("good_until_minute", sa.Integer(), nullable=False),
        sa.Column("afternoon_weight_pct", sa.Integer(), nullable=False),
        sa.Column("evening_weight_pct", sa.Integer(), nullable=False),
        sa.Column("weekend_weight_pct", sa.Integer(), nullable=False),
        sa.Column("reminder_leads", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("grace_seconds", sa.Integer(), nullable=False),
        sa.Column("closing_count", sa.Integer(), nullable=False),
        sa.Column("rotation_count", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_on >= starts_on", name=op.f("ck_edition_ends_after_start")),
        sa.CheckConstraint("gap_days >= 0 AND wanted_gap_days >= gap_days", name=op.f("ck_edition_gaps_ordered")),
        sa.CheckConstraint("good_until_minute > good_from_minute", name=op.f("ck_edition_good_hours_ordered")),
        sa.CheckConstraint("grace_seconds >= 0", name=op.f("ck_edition_grace_not_negative")),
        sa.ForeignKeyConstraint(["bazaar_id"], ["bazaar.id"], name=op.f("fk_edition_bazaar_id_bazaar")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_edition")),
        sa.UniqueConstraint("slug", name=op.f("uq_edition_slug")),
    )
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_edition_bazaar_id"), ["bazaar_id"], unique=False)

    op.create_table(
        "membership",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bazaar_id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.Enum("organizer", "host", name="role", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_membership_account_id_account")),
        sa.ForeignKeyConstraint(["bazaar_id"], ["bazaar.id"], name=op.f("fk_membership_bazaar_id_bazaar")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_membership")),
    )
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_membership_account_id"), ["account_id"], unique=False)
        batch_op.create_index(
            "uq_membership_current",
            ["bazaar_id", "account_id"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "import_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("file_name", sa.String(length=200), nullable=False),
        sa.Column("rows", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_import_draft_account_id_account")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_import_draft_edition_id_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_import_draft")),
    )
    with op.batch_alter_table("import_draft", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_import_draft_edition_id"), ["edition_id"], unique=False)

    op.create_table(
        "live_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("slot_minutes", sa.Integer(), nullable=False),
        sa.Column("host_name", sa.String(length=120), nullable=False),
        sa.Column("zoom_url", sa.String(length=400), nullable=False),
        sa.Column("youtube_url", sa.String(length=400), nullable=False),
        sa.Column("languages", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("last_server_seq", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_live_session_ends_after_start")),
        sa.CheckConstraint("slot_minutes > 0", name=op.f("ck_live_session_slot_minutes_positive")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_live_session_edition_id_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_live_session")),
        sa.UniqueConstraint("edition_id", "id", name=op.f("uq_live_session_edition_id_id")),
        sa.UniqueConstraint("edition_id", "starts_at", name=op.f("uq_live_session_edition_id_starts_at")),
    )
    op.create_table(
        "rotation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "draft", "published", "superseded", "discarded", name="rotation_state", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("problem", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("score", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("bounds", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("proved", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("published_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["created_by"], ["account.id"], name=op.f("fk_rotation_created_by_account")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_rotation_edition_id_edition")),
        sa.ForeignKeyConstraint(["published_by"], ["account.id"], name=op.f("fk_rotation_published_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rotation")),
        sa.UniqueConstraint("edition_id", "id", name=op.f("uq_rotation_edition_id_id")),
        sa.UniqueConstraint("edition_id", "number", name=op.f("uq_rotation_edition_id_number")),
    )
    with op.batch_alter_table("rotation", schema=None) as batch_op:
        batch_op.create_index(
            "uq_rotation_published",
            ["edition_id"],
            unique=True,
            sqlite_where=sa.text("state = 'published'"),
            postgresql_where=sa.text("state = 'published'"),
        )

    op.create_table(
        "vendor",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("business_name", sa.String(length=120), nullable=False),
        sa.Column("owner_name", sa.String(length=120), nullable=False),
        sa.Column("category", sa.String(length=60), nullable=False),
        sa.Column("district", sa.String(length=120), nullable=False),
        sa.Column("phone", sa.String(length=20), nullable=False),
        sa.Column("is_phone_public", sa.Boolean(), nullable=False),
        sa.Column("phone_consent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("featured_product", sa.String(length=200), nullable=False),
        sa.Column("languages", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("instagram", sa.String(length=120), nullable=False),
        sa.Column("shopee", sa.String(length=120), nullable=False),
        sa.Column("tokopedia", sa.String(length=120), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("available_from_minute", sa.Integer(), nullable=True),
        sa.Column("available_until_minute", sa.Integer(), nullable=True),
        sa.Column("min_turns", sa.Integer(), nullable=False),
        sa.Column("max_turns", sa.Integer(), nullable=True),
        sa.Column("opted_out_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("min_turns >= 0 AND (max_turns IS NULL OR max_turns >= min_turns)", name=op.f("ck_vendor_turn_limits_ordered")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_vendor_edition_id_edition")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_vendor")),
        sa.UniqueConstraint("edition_id", "business_name", name=op.f("uq_vendor_edition_id_business_name")),
        sa.UniqueConstraint("edition_id", "id", name=op.f("uq_vendor_edition_id_id")),
    )
    op.create_table(
        "availability",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("off_on", sa.Date(), nullable=True),
        sa.CheckConstraint("(weekday IS NULL) <> (off_on IS NULL)", name=op.f("ck_availability_weekday_or_date")),
        sa.CheckConstraint("weekday IS NULL OR weekday BETWEEN 0 AND 6", name=op.f("ck_availability_weekday_known")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_availability_vendor_id_vendor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability")),
        sa.UniqueConstraint("vendor_id", "weekday", "off_on", name=op.f("uq_availability_vendor_id_weekday_off_on")),
    )
    op.create_table(
        "device",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("live_session_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("key_hash", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["live_session_id"], ["live_session.id"], name=op.f("fk_device_live_session_id_live_session")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
        sa.UniqueConstraint("key_hash", name=op.f("uq_device_key_hash")),
        sa.UniqueConstraint("live_session_id", "name", name=op.f("uq_device_live_session_id_name")),
    )
    op.create_table(
        "entry_conflict",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bazaar_id", sa.Integer(), nullable=False),
        sa.Column("live_session_id", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column("payload", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["bazaar_id"], ["bazaar.id"], name=op.f("fk_entry_conflict_bazaar_id_bazaar")),
        sa.ForeignKeyConstraint(["live_session_id"], ["live_session.id"], name=op.f("fk_entry_conflict_live_session_id_live_session")),
        sa.ForeignKeyConstraint(["settled_by"], ["account.id"], name=op.f("fk_entry_conflict_settled_by_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry_conflict")),
        sa.UniqueConstraint("bazaar_id", "uuid", "payload_hash", name=op.f("uq_entry_conflict_bazaar_id_uuid_payload_hash")),
    )
    with op.batch_alter_table("entry_conflict", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_entry_conflict_live_session_id"), ["live_session_id"], unique=False)

    op.create_table(
        "link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Enum("vendor", "host", name="link_kind", native_enum=False, create_constraint=True, length=24), nullable=False
        ),
        sa.Column("nonce", sa.String(length=43), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=True),
        sa.Column("live_session_id", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "(kind = 'vendor' AND vendor_id IS NOT NULL) OR (kind = 'host' AND live_session_id IS NOT NULL)",
            name=op.f("ck_link_names_its_subject"),
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_link_edition_id_edition")),
        sa.ForeignKeyConstraint(["live_session_id"], ["live_session.id"], name=op.f("fk_link_live_session_id_live_session")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_link_vendor_id_vendor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_link_token_hash")),
    )
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_link_edition_id"), ["edition_id"], unique=False)
        batch_op.create_index(
            "uq_link_current_vendor",
            ["vendor_id"],
            unique=True,
            sqlite_where=sa.text("kind = 'vendor' AND revoked_at IS NULL"),
            postgresql_where=sa.text("kind = 'vendor' AND revoked_at IS NULL"),
        )

    op.create_table(
        "past_turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("edition_name", sa.String(length=120), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("minutes_aired", sa.Integer(), nullable=False),
        sa.Column("viewer_count", sa.Integer(), nullable=True),
        sa.CheckConstraint("minutes_aired >= 0", name=op.f("ck_past_turn_minutes_not_negative")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_past_turn_vendor_id_vendor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_past_turn")),
        sa.UniqueConstraint("vendor_id", "edition_name", "started_at", name=op.f("uq_past_turn_vendor_id_edition_name_started_at")),
    )
    op.create_table(
        "product",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("price_idr", sa.BigInteger(), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("stock", sa.Integer(), nullable=True),
        sa.Column("weight_grams", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("price_idr > 0", name=op.f("ck_product_price_positive")),
        sa.CheckConstraint("stock IS NULL OR stock >= 0", name=op.f("ck_product_stock_not_negative")),
        sa.ForeignKeyConstraint(
            ["edition_id", "vendor_id"], ["vendor.edition_id", "vendor.id"], name=op.f("fk_product_edition_id_vendor_id_vendor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_product")),
        sa.UniqueConstraint("edition_id", "code", name=op.f("uq_product_edition_id_code")),
    )
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_product_vendor_id"), ["vendor_id"], unique=False)

    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("live_session_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("pinned_vendor_id", sa.Integer(), nullable=True),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_slot_ends_after_start")),
        sa.CheckConstraint("points >= 0", name=op.f("ck_slot_points_not_negative")),
        sa.CheckConstraint("position >= 1", name=op.f("ck_slot_position_from_one")),
        sa.ForeignKeyConstraint(
            ["edition_id", "live_session_id"],
            ["live_session.edition_id", "live_session.id"],
            name=op.f("fk_slot_edition_id_live_session_id_live_session"),
        ),
        sa.ForeignKeyConstraint(
            ["edition_id", "pinned_vendor_id"], ["vendor.edition_id", "vendor.id"], name=op.f("fk_slot_edition_id_pinned_vendor_id_vendor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
        sa.UniqueConstraint("edition_id", "id", name=op.f("uq_slot_edition_id_id")),
        sa.UniqueConstraint("live_session_id", "position", name=op.f("uq_slot_live_session_id_position")),
    )
    op.create_table(
        "wish",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("from_minute", sa.Integer(), nullable=True),
        sa.Column("until_minute", sa.Integer(), nullable=True),
        sa.Column("weekdays", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_wish_vendor_id_vendor"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_wish")),
        sa.UniqueConstraint("vendor_id", name=op.f("uq_wish_vendor_id")),
    )
    op.create_table(
        "answer",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column(
            "kind", sa.Enum("ready", "unable", name="answer_kind", native_enum=False, create_constraint=True, length=24), nullable=False
        ),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_answer_account_id_account")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_answer_link_id_link")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_answer_slot_id_slot")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_answer_vendor_id_vendor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_answer")),
    )
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.create_index("ix_answer_turn", ["slot_id", "vendor_id"], unique=False)

    op.create_table(
        "closing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("cut_server_seq", sa.Integer(), nullable=False),
        sa.Column("sale_count", sa.Integer(), nullable=False),
        sa.Column("item_count", sa.Integer(), nullable=False),
        sa.Column("amount_idr", sa.BigInteger(), nullable=False),
        sa.Column("void_count", sa.Integer(), nullable=False),
        sa.Column("void_amount_idr", sa.BigInteger(), nullable=False),
        sa.Column("by_payment_method", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("best_product", sa.String(length=120), nullable=False),
        sa.CheckConstraint("sale_count >= 0 AND item_count >= 0 AND amount_idr >= 0", name=op.f("ck_closing_totals_not_negative")),
        sa.ForeignKeyConstraint(["edition_id", "slot_id"], ["slot.edition_id", "slot.id"], name=op.f("fk_closing_edition_id_slot_id_slot")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_closing_vendor_id_vendor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closing")),
        sa.UniqueConstraint("edition_id", "number", name=op.f("uq_closing_edition_id_number")),
        sa.UniqueConstraint("slot_id", name=op.f("uq_closing_slot_id")),
    )
    with op.batch_alter_table("closing", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_closing_vendor_id"), ["vendor_id"], unique=False)

    op.create_table(
        "reminder",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column(
            "kind",
            sa.Enum("before", "changed", "cancelled", "recap", name="reminder_kind", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("lead_minutes", sa.Integer(), nullable=True),
        sa.Column("turn_starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("details", sa.JSON(none_as_null=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("stale_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum("planned", "superseded", "cancelled", name="reminder_state", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("stale_at > due_at", name=op.f("ck_reminder_stale_after_due")),
        sa.ForeignKeyConstraint(["edition_id"], ["edition.id"], name=op.f("fk_reminder_edition_id_edition")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_reminder_slot_id_slot")),
        sa.ForeignKeyConstraint(["vendor_id"], ["vendor.id"], name=op.f("fk_reminder_vendor_id_vendor")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("edition_id", "key", name=op.f("uq_reminder_edition_id_key")),
    )
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.create_index("ix_reminder_due", ["state", "due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_reminder_vendor_id"), ["vendor_id"], unique=False)

    op.create_table(
        "sign_in",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("device_name", sa.String(length=120), nullable=False),
        sa.Column("awaits_totp", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(account_id IS NULL) <> (link_id IS NULL)", name=op.f("ck_sign_in_account_or_link")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_sign_in_account_id_account")),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_sign_in_link_id_link")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_sign_in_token_hash")),
    )
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_in_account_id"), ["account_id"], unique=False)

    op.create_table(
        "turn",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("rotation_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id", "rotation_id"],
            ["rotation.edition_id", "rotation.id"],
            name=op.f("fk_turn_edition_id_rotation_id_rotation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["edition_id", "slot_id"], ["slot.edition_id", "slot.id"], name=op.f("fk_turn_edition_id_slot_id_slot")),
        sa.ForeignKeyConstraint(
            ["edition_id", "vendor_id"], ["vendor.edition_id", "vendor.id"], name=op.f("fk_turn_edition_id_vendor_id_vendor")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_turn")),
        sa.UniqueConstraint("rotation_id", "slot_id", name=op.f("uq_turn_rotation_id_slot_id")),
    )
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_turn_slot_id"), ["slot_id"], unique=False)
        batch_op.create_index("ix_turn_vendor", ["rotation_id", "vendor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_turn_vendor_id"), ["vendor_id"], unique=False)

    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("reminder_id", sa.Integer(), nullable=False),
        sa.Column(
            "channel",
            sa.Enum("console", "email", "hand", name="channel_name", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "claimed",
                "sending",
                "accepted",
                "delivered",
                "read",
                "retry_wait",
                "waiting_for_hand",
                "unknown",
                "dead",
                "expired",
                "superseded",
                "cancelled",
                "suppressed",
                name="delivery_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("next_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempt_count", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(length=80), nullable=True),
        sa.Column("owner_epoch", sa.Integer(), nullable=True),
        sa.Column("lease_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("provider_ref", sa.String(length=200), nullable=True),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("last_error", sa.String(length=400), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["reminder_id"], ["reminder.id"], name=op.f("fk_delivery_reminder_id_reminder")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint("reminder_id", "channel", name=op.f("uq_delivery_reminder_id_channel")),
    )
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.create_index("ix_delivery_claim", ["state", "next_at"], unique=False)

    op.create_table(
        "entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("bazaar_id", sa.Integer(), nullable=False),
        sa.Column("live_session_id", sa.Integer(), nullable=False),
        sa.Column("server_seq", sa.Integer(), nullable=False),
        sa.Column("uuid", sa.String(length=36), nullable=False),
        sa.Column("kind", sa.Enum("sale", "void", name="entry_kind", native_enum=False, create_constraint=True, length=24), nullable=False),
        sa.Column("payload_hash", sa.String(length=64), nullable=False),
        sa.Column(
            "verdict",
            sa.Enum(
                "stored", "late", "duplicate", "conflict", "rejected", name="verdict", native_enum=False, create_constraint=True, length=24
            ),
            nullable=False,
        ),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("device_name", sa.String(length=60), nullable=False),
        sa.Column("device_seq", sa.BigInteger(), nullable=True),
        sa.Column("device_id", sa.Integer(), nullable=True),
        sa.Column("sign_in_id", sa.Integer(), nullable=True),
        sa.Column("flags", sa.JSON(none_as_null=True), nullable=False),
        sa.CheckConstraint("verdict IN ('stored', 'late')", name=op.f("ck_entry_verdict_of_arrival")),
        sa.ForeignKeyConstraint(["bazaar_id"], ["bazaar.id"], name=op.f("fk_entry_bazaar_id_bazaar")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_entry_device_id_device")),
        sa.ForeignKeyConstraint(["live_session_id"], ["live_session.id"], name=op.f("fk_entry_live_session_id_live_session")),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_in.id"], name=op.f("fk_entry_sign_in_id_sign_in")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entry")),
        sa.UniqueConstraint("bazaar_id", "uuid", name=op.f("uq_entry_bazaar_id_uuid")),
        sa.UniqueConstraint("live_session_id", "server_seq", name=op.f("uq_entry_live_session_id_server_seq")),
    )
    op.create_table(
        "delivery_event",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("delivery_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "state",
            sa.Enum(
                "planned",
                "claimed",
                "sending",
                "accepted",
                "delivered",
                "read",
                "retry_wait",
                "waiting_for_hand",
                "unknown",
                "dead",
                "expired",
                "superseded",
                "cancelled",
                "suppressed",
                name="delivery_state",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("note", sa.String(length=400), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_delivery_event_account_id_account")),
        sa.ForeignKeyConstraint(["delivery_id"], ["delivery.id"], name=op.f("fk_delivery_event_delivery_id_delivery")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery_event")),
    )
    with op.batch_alter_table("delivery_event", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_delivery_event_delivery_id"), ["delivery_id"], unique=False)

    op.create_table(
        "sale",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("vendor_id", sa.Integer(), nullable=True),
        sa.Column("product_id", sa.Integer(), nullable=True),
        sa.Column("product_code", sa.String(length=12), nullable=False),
        sa.Column("product_name", sa.String(length=120), nullable=False),
        sa.Column("unit", sa.String(length=30), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("unit_price_idr", sa.BigInteger(), nullable=False),
        sa.Column("amount_idr", sa.BigInteger(), nullable=False),
        sa.Column("buyer_alias", sa.String(length=60), nullable=False),
        sa.Column(
            "payment_method",
            sa.Enum("qris", "transfer", "ewallet", "other", name="payment_method", native_enum=False, create_constraint=True, length=24),
            nullable=False,
        ),
        sa.CheckConstraint("amount_idr = quantity * unit_price_idr", name=op.f("ck_sale_amount_adds_up")),
        sa.CheckConstraint("quantity > 0", name=op.f("ck_sale_quantity_positive")),
        sa.CheckConstraint("unit_price_idr > 0", name=op.f("ck_sale_price_positive")),
        sa.ForeignKeyConstraint(["edition_id", "slot_id"], ["slot.edition_id", "slot.id"], name=op.f("fk_sale_edition_id_slot_id_slot")),
        sa.ForeignKeyConstraint(
            ["edition_id", "vendor_id"], ["vendor.edition_id", "vendor.id"], name=op.f("fk_sale_edition_id_vendor_id_vendor")
        ),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_sale_entry_id_entry")),
        sa.ForeignKeyConstraint(["product_id"], ["product.id"], name=op.f("fk_sale_product_id_product")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_sale")),
    )
    with op.batch_alter_table("sale", schema=None) as batch_op:
        batch_op.create_index("ix_sale_slot", ["slot_id"], unique=False)

    op.create_table(
        "supplement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("closing_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("amount_idr", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["closing_id"], ["closing.id"], name=op.f("fk_supplement_closing_id_closing")),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_supplement_entry_id_entry")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supplement")),
        sa.UniqueConstraint("closing_id", "number", name=op.f("uq_supplement_closing_id_number")),
        sa.UniqueConstraint("entry_id", name=op.f("uq_supplement_entry_id")),
    )
    op.create_table(
        "void",
        sa.Column("entry_id", sa.Integer(), nullable=False),
        sa.Column("void_of", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["entry_id"], ["entry.id"], name=op.f("fk_void_entry_id_entry")),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_void")),
    )
    with op.batch_alter_table("void", schema=None) as batch_op:
        batch_op.create_index("ix_void_of", ["void_of"], unique=False)

    op.create_table(
        "order_state",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sale_entry_id", sa.Integer(), nullable=False),
        sa.Column(
            "step",
            sa.Enum(
                "keep",
                "paid",
                "packed",
                "shipped",
                "received",
                "cancelled",
                name="order_step",
                native_enum=False,
                create_constraint=True,
                length=24,
            ),
            nullable=False,
        ),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("courier", sa.String(length=40), nullable=False),
        sa.Column("airwaybill", sa.String(length=60), nullable=False),
        sa.Column("link_id", sa.Integer(), nullable=True),
        sa.Column("sign_in_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["link_id"], ["link.id"], name=op.f("fk_order_state_link_id_link")),
        sa.ForeignKeyConstraint(["sale_entry_id"], ["sale.entry_id"], name=op.f("fk_order_state_sale_entry_id_sale")),
        sa.ForeignKeyConstraint(["sign_in_id"], ["sign_in.id"], name=op.f("fk_order_state_sign_in_id_sign_in")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_order_state")),
    )
    with op.batch_alter_table("order_state", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_order_state_sale_entry_id"), ["sale_entry_id"], unique=False)
    for table in APPEND_ONLY:
        _forbid_rewriting(table)


def downgrade() -> None:
    with op.batch_alter_table("order_state", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_order_state_sale_entry_id"))

    op.drop_table("order_state")
    with op.batch_alter_table("void", schema=None) as batch_op:
        batch_op.drop_index("ix_void_of")

    op.drop_table("void")
    op.drop_table("supplement")
    with op.batch_alter_table("sale", schema=None) as batch_op:
        batch_op.drop_index("ix_sale_slot")

    op.drop_table("sale")
    with op.batch_alter_table("delivery_event", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_delivery_event_delivery_id"))

    op.drop_table("delivery_event")
    op.drop_table("entry")
    with op.batch_alter_table("delivery", schema=None) as batch_op:
        batch_op.drop_index("ix_delivery_claim")

    op.drop_table("delivery")
    with op.batch_alter_table("turn", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_turn_vendor_id"))
        batch_op.drop_index("ix_turn_vendor")
        batch_op.drop_index(batch_op.f("ix_turn_slot_id"))

    op.drop_table("turn")
    with op.batch_alter_table("sign_in", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_sign_in_account_id"))

    op.drop_table("sign_in")
    with op.batch_alter_table("reminder", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_reminder_vendor_id"))
        batch_op.drop_index("ix_reminder_due")

    op.drop_table("reminder")
    with op.batch_alter_table("closing", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_closing_vendor_id"))

    op.drop_table("closing")
    with op.batch_alter_table("answer", schema=None) as batch_op:
        batch_op.drop_index("ix_answer_turn")

    op.drop_table("answer")
    op.drop_table("wish")
    op.drop_table("slot")
    with op.batch_alter_table("product", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_product_vendor_id"))

    op.drop_table("product")
    op.drop_table("past_turn")
    with op.batch_alter_table("link", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_link_current_vendor",
            sqlite_where=sa.text("kind = 'vendor' AND revoked_at IS NULL"),
            postgresql_where=sa.text("kind = 'vendor' AND revoked_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_link_edition_id"))

    op.drop_table("link")
    with op.batch_alter_table("entry_conflict", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_entry_conflict_live_session_id"))

    op.drop_table("entry_conflict")
    op.drop_table("device")
    op.drop_table("availability")
    op.drop_table("vendor")
    with op.batch_alter_table("rotation", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_rotation_published", sqlite_where=sa.text("state = 'published'"), postgresql_where=sa.text("state = 'published'")
        )

    op.drop_table("rotation")
    op.drop_table("live_session")
    with op.batch_alter_table("import_draft", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_import_draft_edition_id"))

    op.drop_table("import_draft")
    with op.batch_alter_table("membership", schema=None) as batch_op:
        batch_op.drop_index("uq_membership_current", sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL"))
        batch_op.drop_index(batch_op.f("ix_membership_account_id"))

    op.drop_table("membership")
    with op.batch_alter_table("edition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_edition_bazaar_id"))

    op.drop_table("edition")
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.drop_index("ix_audit_subject")
        batch_op.drop_index(batch_op.f("ix_audit_bazaar_id"))

    op.drop_table("audit")
    op.drop_table("account_token")
    op.drop_table("worker_lease")
    op.drop_table("beat")
    op.drop_table("bazaar")
    op.drop_table("account")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_rewriting()")


def _forbid_rewriting(table: str) -> None:
    """History is never edited: the database itself refuses UPDATE and DELETE on these tables."""
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON \"{table}\" BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    op.execute(f'CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON "{table}" FOR EACH ROW EXECUTE FUNCTION refuse_rewriting()')
