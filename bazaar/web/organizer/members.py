"""Members of a bazaar: who organizes, who hosts, who is invited."""

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from bazaar.accounts.invitations import OpenInvitation, invite, withdraw_invitation
from bazaar.accounts.letters import invitation_letter
from bazaar.accounts.members import MembersPage, change_role, end_membership, members_page
from bazaar.editions.scope import bazaar_id_of
from bazaar.refusals import Refusal
from bazaar.states import ChannelName, Role
from bazaar.web.access import Access, allow
from bazaar.web.auth import now, outside, settings, visitor
from bazaar.web.errors import word_refusal
from bazaar.web.mail import post
from bazaar.web.organizer.desk import account_id, done, speak_indonesian
from bazaar.web.organizer.fields import Choice, DeskForm, Line, needed

blueprint = Blueprint("members", __name__, url_prefix="/panitia/bazar/<bazaar>/anggota")
blueprint.before_request(speak_indonesian)

ROLE_WORDS = {Role.ORGANIZER: "panitia", Role.HOST: "pembawa acara"}


class InviteForm(DeskForm):
    """Whom to invite, as what."""

    email = Line("E-mail", [needed("Alamat e-mail perlu diisi.")], length=254)
    role = Choice("Sebagai", choices={Role.HOST.value: "Pembawa acara", Role.ORGANIZER.value: "Panitia"})


@blueprint.get("")
@allow(Access.ORGANIZER)
def index(bazaar: str) -> str:
    """The members, and the invitations nobody has taken yet."""
    return _render(_page(bazaar), InviteForm(formdata=None))


@blueprint.post("")
@allow(Access.ORGANIZER)
def send_invitation(bazaar: str) -> tuple[str, int] | Response:
    """Invite somebody by e-mail; where no mail can leave, the link is there to copy."""
    form = InviteForm()
    page = _page(bazaar)
    if form.validate():
        try:
            made = invite(bazaar_id_of(bazaar), form.email.data, Role(form.role.data), settings().secret_key, by=account_id(), now=now())
        except Refusal as refusal:
            if refusal.code not in {"email_wrong", "already_member"}:
                raise
            form.refuse("email", word_refusal(refusal, "id")[1])
        else:
            return done(_send(made, page.bazaar_name), "members.index", bazaar=bazaar)
    return _render(page, form), 422


def _send(made: OpenInvitation, bazaar_name: str) -> str:
    """Mail the invitation where mail is set up; what to tell the organizer."""
    channel = outside().channels.get(ChannelName.EMAIL)
    if channel is None:
        return f"Undangan untuk {made.email} siap. Salin tautannya di bawah, lalu kirim sendiri."
    letter = invitation_letter(made.email, made.token, _address(made), bazaar_name=bazaar_name, role=made.role, inviter=visitor().name)
    post(channel, letter)
    return f"Undangan dikirim ke {made.email}."


@blueprint.post("/undangan/<int:invitation_id>/tarik")
@allow(Access.ORGANIZER)
def withdraw(bazaar: str, invitation_id: int) -> Response:
    """Take an invitation back."""
    withdraw_invitation(bazaar_id_of(bazaar), invitation_id, by=account_id(), now=now())
    return done("Undangan ditarik. Tautannya tidak berlaku lagi.", "members.index", bazaar=bazaar)


@blueprint.post("/<int:membership_id>/peran")
@allow(Access.ORGANIZER)
def set_role(bazaar: str, membership_id: int) -> Response:
    """Make a member organizer or host."""
    if request.form.get("role") not in set(Role):
        abort(400)
    role = Role(request.form["role"])
    is_me = _is_me(bazaar, membership_id)
    change_role(bazaar_id_of(bazaar), membership_id, role, by=account_id(), now=now())
    if is_me and role is not Role.ORGANIZER:
        return done("Anda sekarang pembawa acara di bazar itu.", "account.show")
    return done(f"Sekarang ia {ROLE_WORDS[role]}.", "members.index", bazaar=bazaar)


@blueprint.post("/<int:membership_id>/keluarkan")
@allow(Access.ORGANIZER)
def remove(bazaar: str, membership_id: int) -> Response:
    """End a membership; one's own too, while somebody else organizes."""
    is_me = _is_me(bazaar, membership_id)
    end_membership(bazaar_id_of(bazaar), membership_id, by=account_id(), now=now())
    if is_me:
        return done("Anda sudah keluar dari bazar itu.", "account.show")
    return done("Ia tidak lagi menjadi anggota.", "members.index", bazaar=bazaar)


def _page(bazaar: str) -> MembersPage:
    return members_page(bazaar_id_of(bazaar), settings().secret_key, account_id=account_id(), now=now())


def _render(page: MembersPage, form: InviteForm) -> str:
    links = {invitation.id: _address(invitation) for invitation in page.invitations}
    return render_template("organizer/members/index.html", page=page, form=form, links=links, role_words=ROLE_WORDS)


def _address(invitation: OpenInvitation) -> str:
    return outside().links.page(f"/undangan/{invitation.token}")


def _is_me(bazaar: str, membership_id: int) -> bool:
    return any(member.is_me and member.membership_id == membership_id for member in _page(bazaar).members)
