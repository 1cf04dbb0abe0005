"""The rows of teams: memberships and invitations."""

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from gateway.kit.database.columns import COLD_TABLE, Base, Blob, Id, Int, Text, build_partial_index
from gateway.kit.roles import Role

IS_ACTIVE_MEMBER = "removed_at IS NULL"
IS_OPEN_INVITATION = "accepted_at IS NULL AND withdrawn_at IS NULL"


class Member(Base):
    """One person's membership in the account of another: the team. The owner has no row.

    `person_id` and `invited_by` are the accounts that these people signed up with. A membership
    that ended stays, with `removed_at`; a new one of the same person is another row.
    """

    __tablename__ = "member"
    __table_args__ = (
        CheckConstraint("role IN ('admin', 'developer', 'viewer')", name="role"),
        CheckConstraint("account_id <> person_id", name="not_owner"),
        build_partial_index(
            "uq_member_active", "account_id", "person_id", where=IS_ACTIVE_MEMBER, unique=True
        ),
        Index(None, "person_id"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    person_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    role: Mapped[str] = mapped_column(Text)
    invited_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(Int)
    removed_at: Mapped[int | None] = mapped_column(Int, default=None)

    @property
    def role_now(self) -> Role:
        """Return the role; of a membership that ended the lowest."""
        return Role(self.role) if self.removed_at is None else Role.VIEWER


class Invitation(Base):
    """One invitation to a team, sent by mail: never its token, only the hash of it.

    Only a person whose verified address is `email` accepts it, once, until `expires_at`. Each mail
    of it has a token of its own, and only the newest counts. `limits_json` are the caps of the
    member to be, in micro-USD.
    """

    __tablename__ = "invitation"
    __table_args__ = (
        UniqueConstraint("token_hash"),
        CheckConstraint("role IN ('admin', 'developer', 'viewer')", name="role"),
        build_partial_index(
            "uq_invitation_open", "account_id", "email", where=IS_OPEN_INVITATION, unique=True
        ),
        Index(None, "account_id", "sent_at"),
        Index(None, "email", "sent_at"),
        COLD_TABLE,
    )

    id: Mapped[str] = mapped_column(Id, primary_key=True)
    account_id: Mapped[str] = mapped_column(Id, ForeignKey("account.id"))
    email: Mapped[str] = mapped_column(Text)
    role: Mapped[str] = mapped_column(Text)
    limits_json: Mapped[str] = mapped_column(Text)
    token_hash: Mapped[bytes] = mapped_column(Blob)
    invited_by: Mapped[str] = mapped_column(Id)
    created_at: Mapped[int] = mapped_column(Int)
    sent_at: Mapped[int] = mapped_column(Int)
    mails: Mapped[int] = mapped_column(Int)
    expires_at: Mapped[int] = mapped_column(Int)
    accepted_at: Mapped[int | None] = mapped_column(Int, default=None)
    accepted_by: Mapped[str | None] = mapped_column(Id, default=None)
    withdrawn_at: Mapped[int | None] = mapped_column(Int, default=None)
