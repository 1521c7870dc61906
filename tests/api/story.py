"""The story as a client tells it that openapi-python-client made (the package `vigie`): what it reads has to be what the API does.

    story.py DESCRIPTION SCENE

The scene names the people, with their tokens. The last line says which operations were called.
"""

import datetime
import importlib
import io
import json
import re
import sys
import time
from pathlib import Path

import httpx
from vigie import AuthenticatedClient, Client, models
from vigie.types import File

PATHS = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["paths"]
SCENE = json.loads(Path(sys.argv[2]).read_text(encoding="utf-8"))
# Operation of each path; paths without a variable come first.
TEMPLATES = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in sorted(PATHS, key=lambda path: path.count("{"))]
CALLED: set[str] = set()
PATIENCE = 60.0


def note(request: httpx.Request) -> None:
    path = request.url.path.removeprefix(httpx.URL(SCENE["url"]).path) or "/"
    CALLED.add(f"{request.method} {next(template for pattern, template in TEMPLATES if pattern.fullmatch(path))}")


# A status that is not described is an error, not nothing.
SETTINGS = {"base_url": SCENE["url"], "raise_on_unexpected_status": True, "httpx_args": {"event_hooks": {"request": [note]}, "trust_env": False}}
public = Client(**SETTINGS)
administrator, agent, colleague, newcomer, program = (
    AuthenticatedClient(token=SCENE[who]["token"], **SETTINGS) for who in ("administrator", "bruno", "chloe", "nadia", "program")
)
AGENT, COLLEAGUE = SCENE["bruno"]["account"], SCENE["chloe"]["account"]
ENTITY, DSI, CONSULTATION = SCENE["entity"], SCENE["dsi"], SCENE["consultation"]


def call(operation: str, *where: str, expect: int = 200, client=public, **what):
    """Calls an operation; returns the answer with what the client read of it."""
    answer = importlib.import_module(f"vigie.api.{operation}").sync_detailed(*where, client=client, **what)
    assert answer.status_code == expect, (operation, answer.status_code, answer.content)
    return answer


def read(operation: str, *where: str, client, **what):
    """Returns a client's reading of an answer."""
    return call(operation, *where, client=client, **what).parsed


def refused(operation: str, *where: str, expect: int, name: str, **what):
    """Calls an operation that is refused; returns the problem."""
    problem = call(operation, *where, expect=expect, **what).parsed
    assert (problem.type_, problem.status) == (f"urn:vigie:problem:{name}", expect) and problem.title and problem.detail
    return problem


def mails(to: str) -> list[dict]:
    return httpx.get(SCENE["mails"], params={"to": to}, trust_env=False).json()


def mailed(to: str, link: str, *but: str) -> str:
    """The newest token in the mails to an address that such a link carries, and that is none of those before."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        for mail in reversed(mails(to)):
            found = re.search(rf"{link}([A-Za-z0-9._~-]+)", mail["text"] + json.dumps(mail["headers"]))
            if found and found[1] not in but:
                return found[1]
        time.sleep(0.05)
    raise AssertionError(f"no {link} to {to} in {PATIENCE:.0f} s")


def who_am_i() -> None:
    me = read("accounts.read_me", client=agent)
    assert [(own.id, own.role, own.linked) for own in me.accounts] == [(AGENT, "agent", False)]
    # The gateway refuses in words of its own.
    assert call("accounts.read_me", expect=401).parsed.message


def contact_details() -> None:
    account = call("accounts.read_account", AGENT, client=agent)
    assert account.parsed.contact.email == SCENE["bruno"]["email"] and account.parsed.email_status == "confirmed"
    missed = read("accounts.count_missed", AGENT, client=agent)
    assert (missed.count, missed.more) == (0, False)
    assert all(helped.administrators for helped in read("accounts.list_administrators", AGENT, client=agent).items)
    found = read("accounts.find_colleagues", AGENT, client=agent, q=SCENE["chloe"]["email"]).items
    assert [colleague.account_id for colleague in found] == [SCENE["chloe"]["account"]]
    refused("accounts.find_colleagues", AGENT, client=agent, q="é", expect=422, name="invalid")
    patch = models.ContactPatch(job_title="Acheteur", fax=None)
    changed = call("accounts.patch_contact", AGENT, client=agent, body=patch, if_match=account.headers["etag"])
    assert changed.parsed.contact.job_title == "Acheteur" and changed.parsed.version == account.parsed.version + 1
    refused("accounts.patch_contact", AGENT, client=agent, body=patch, if_match=account.headers["etag"], expect=412, name="stale")
    too_long = models.ContactPatch(first_name="x" * 101)
    problem = refused("accounts.patch_contact", AGENT, client=agent, body=too_long, if_match="*", expect=422, name="invalid")
    assert [error.field for error in problem.errors] == ["firstName"]


def another_address() -> None:
    address = f"bruno.nouveau@{SCENE['unique']}.example.fr"
    patch = models.ContactPatch(email=address)
    asked = call("accounts.patch_contact", AGENT, client=agent, body=patch, if_match="*", expect=202)
    assert asked.parsed.pending_email.address == address
    withdrawn = mailed(address, r"/confirm\?token=")
    call("accounts.withdraw_pending_email", AGENT, client=agent, expect=204)
    refused("accounts.confirm_email", body=models.MailedToken(token=withdrawn), expect=404, name="not-found")
    call("accounts.patch_contact", AGENT, client=agent, body=patch, if_match="*", expect=202)
    asked_again = mailed(address, r"/confirm\?token=", withdrawn)
    call("accounts.resend_pending_email", AGENT, client=agent, expect=202)
    # A link that was sent again is the same one, and works twice.
    for _ in range(2):
        assert read("accounts.confirm_email", client=public, body=models.MailedToken(token=asked_again)).confirmed
    assert read("accounts.read_me", client=agent).accounts[0].email == address


def alerts_and_places() -> None:
    alerts = read("preferences.read_alerts", AGENT, client=agent)
    assert (alerts.kinds.tender_received, alerts.automatic_favourites.mine) == ("immediate", True)
    alerts.kinds.question_received = "daily"
    assert read("preferences.write_alerts", AGENT, client=agent, body=alerts) == alerts
    alerts.automatic_favourites.own_entity = True
    refused("preferences.write_alerts", AGENT, client=agent, body=alerts, expect=422, name="not-permanent-guest")
    preview = read("preferences.preview_alerts", AGENT, client=agent)
    assert (preview.automatic_favourites.mine, preview.automatic_favourites.own_entity) == (1, None)
    chosen = read("preferences.write_places", AGENT, client=agent, body=models.WantedPlaces(places=["67", "2A"]))
    assert chosen.places == ["2A", "67"] == read("preferences.read_places", AGENT, client=agent).places
    assert len(read("preferences.list_places", client=public).places) > 101


def stars() -> None:
    visible = read("favourites.list_consultations", AGENT, client=agent, limit=5, q="ascenseurs", phase="consultation")
    assert [(item.consultation_id, item.sight, item.starred) for item in visible.items] == [(CONSULTATION, "author", True)]
    call("favourites.unstar", AGENT, CONSULTATION, client=agent, expect=204)
    call("favourites.star", AGENT, CONSULTATION, client=agent, expect=204)
    refused("favourites.star", AGENT, "c-unknown", client=agent, expect=404, name="not-found")
    [star] = read("favourites.list_", AGENT, client=agent).items
    assert (star.consultation_id, star.reference, star.automatic) == (CONSULTATION, "26-1", None)
    shown = read("favourites.read_consultation", AGENT, CONSULTATION, client=agent)
    assert (shown.consultation_id, shown.starred, shown.calendar) == (CONSULTATION, True, star.calendar)
    refused("favourites.read_consultation", AGENT, "c-unknown", client=agent, expect=404, name="not-found")
    calendar = read("favourites.read_deadline", star.calendar.rsplit("/", 1)[1], client=public)
    assert calendar.startswith("BEGIN:VCALENDAR")


def what_was_sent() -> None:
    deliveries = read("accounts.list_deliveries", AGENT, client=agent, limit=10)
    about = read("accounts.list_deliveries", AGENT, client=agent, consultation_id=CONSULTATION)
    assert {item.consultation_id for item in about.items} == {CONSULTATION}
    assert [(sent.kind, sent.consultation_id) for sent in deliveries.items] == [("tenderReceived", CONSULTATION)]
    test = call("accounts.send_test_alert", COLLEAGUE, client=colleague, expect=202)
    assert test.parsed.to_dict()
    token = mailed(SCENE["bruno"]["email"], r'"List-Unsubscribe": "<[^>]*/v1/unsubscribe/')
    assert "<button" in read("preferences.show_unsubscribe", token, client=public)
    click = models.UnsubscribeBody(list_unsubscribe="One-Click")
    assert "désactivée" in read("preferences.unsubscribe", token, client=public, body=click)
    assert read("preferences.read_alerts", AGENT, client=agent).kinds.tender_received == "off"
    export = call("accounts.export", AGENT, client=agent)
    assert export.headers["content-disposition"].startswith("attachment") and export.parsed.favourites


def linked_accounts() -> None:
    asked = models.AskedAddress(email=SCENE["chloe"]["email"])
    assert call("accounts.ask_to_link", AGENT, client=agent, body=asked, expect=202).parsed.expires_at
    token = models.MailedToken(token=mailed(SCENE["chloe"]["email"], r"/link\?token="))
    refused("accounts.accept_link", client=agent, body=token, expect=403, name="forbidden")
    assert read("accounts.accept_link", client=colleague, body=token).other_account_id == AGENT
    [linked] = read("accounts.list_links", AGENT, client=agent).items
    assert linked.account_id == COLLEAGUE
    call("accounts.undo_link", AGENT, COLLEAGUE, client=agent, expect=204)


def an_absence() -> None:
    assert read("preferences.read_absence", AGENT, client=agent) is None
    begin, end = (str(datetime.date.today() + datetime.timedelta(days=days)) for days in (30, 40))
    wanted = models.WantedAbsence.from_dict({"from": begin, "until": end, "delegateAccountId": COLLEAGUE})
    shown = read("preferences.write_absence", AGENT, client=agent, body=wanted)
    assert (str(shown.until), shown.delegate_account_id, shown.delegate_agreed) == (end, COLLEAGUE, False)
    token = mailed(SCENE["chloe"]["email"], r"/delegation\?token=")
    answer = read("preferences.answer_delegation", client=colleague, body=models.DelegateAnswer(token=token))
    assert answer.agreed and str(answer.from_) == begin
    assert read("preferences.read_absence", AGENT, client=agent).delegate_agreed


def requests_of_others() -> None:
    assert read("preferences.read_requests", AGENT, client=agent).link_requests
    refusing = models.TakenRequests(link_requests=False, delegations=True)
    assert not read("preferences.write_requests", AGENT, client=agent, body=refusing).link_requests
    assert not read("preferences.read_requests", AGENT, client=agent).link_requests


def entities() -> None:
    assert [child.id for child in read("entities.read", ENTITY, client=administrator).children] == [DSI]
    tree = read("entities.read_tree", ENTITY, client=administrator)
    assert [(item.id, item.parent_id) for item in tree.items] == [(ENTITY, None), (DSI, ENTITY)] and tree.cursor is None
    other = f"{ENTITY}-voirie"
    wanted = models.WantedEntity(name="Voirie", parent_id=ENTITY)
    created = call("entities.write", other, client=administrator, body=wanted, expect=201)
    assert created.headers["location"].endswith(other)
    wanted.name = "Voirie et réseaux"
    assert read("entities.write", other, client=administrator, body=wanted).name == "Voirie et réseaux"
    call("entities.link", DSI, other, client=administrator, expect=204)
    assert read("entities.read", DSI, client=administrator).transverse == [other]
    call("entities.unlink", DSI, other, client=administrator, expect=204)
    refused("entities.read", ENTITY, client=agent, expect=403, name="forbidden")


def first_choices() -> None:
    """What administrators propose is the choice of whoever accepts an invitation next (`agents`)."""
    assert read("entities.read_defaults", ENTITY, client=administrator) is None
    alerts = read("preferences.read_alerts", AGENT, client=agent)
    wanted = models.Alerts(kinds=alerts.kinds, automatic_favourites=alerts.automatic_favourites)
    wanted.kinds.notice_published = "daily"
    assert read("entities.write_defaults", ENTITY, client=administrator, body=wanted) == wanted
    above = read("entities.read_defaults", DSI, client=administrator, inherited=True)
    assert (above.inherited_from.id, above.kinds.notice_published) == (ENTITY, "daily")
    refused("entities.read_defaults", ENTITY, client=agent, expect=403, name="forbidden")


def agents() -> None:
    contact = models.ContactInput(first_name="Nadia", last_name="Nouvelle", email=SCENE["nadia"]["email"])
    new = models.NewAgent(contact=contact, role="agent")
    created = call("entities.create_agent", DSI, client=administrator, body=new, expect=201)
    account = created.parsed.id
    assert created.headers["location"].endswith(account)
    refused("entities.create_agent", DSI, client=administrator, body=new, expect=409, name="email-taken")
    patch = models.AgentPatch(permanent_guest=models.RightsPatch(own=True))
    assert read("entities.patch_agent", DSI, account, client=administrator, body=patch).permanent_guest.own
    first = mailed(SCENE["nadia"]["email"], r"/invitation\?token=")
    call("entities.invite", DSI, account, client=administrator, expect=202)
    token = models.MailedToken(token=mailed(SCENE["nadia"]["email"], r"/invitation\?token=", first))
    assert read("accounts.accept_invitation", client=newcomer, body=token).account_id == account
    begins = read("preferences.read_alerts", account, client=newcomer)
    assert begins.proposed and begins.kinds.notice_published == "daily"
    assert account in [item.id for item in read("entities.list_agents", DSI, client=administrator, limit=100).items]
    refused("entities.delete_agent", DSI, account, client=administrator, expect=409, name="already-bound")
    the_way_back(account)
    # Whoever does not want the account any more erases it.
    call("accounts.erase", account, client=newcomer, expect=204)
    refused("accounts.read_account", account, client=newcomer, expect=404, name="not-found")


def the_way_back(account: str) -> None:
    email = SCENE["nadia"]["email"]
    call("accounts.ask_to_recover", client=newcomer, body=models.AskedAddress(email=email), expect=202)
    asked = mailed(email, r"/recovery\?token=")
    sent = call("entities.send_agent_recovery", DSI, account, client=administrator, expect=202)
    assert sent.parsed.id == account
    token = models.MailedToken(token=mailed(email, r"/recovery\?token=", asked))
    # The login acts for the account already, so that nothing changes.
    recovered = read("accounts.confirm_recovery", client=newcomer, body=token)
    assert recovered.account_id == account and recovered.due is None
    call("accounts.stop_recovery", account, client=newcomer, expect=204)
    call("entities.stop_agent_recovery", DSI, account, client=administrator, expect=204)
    # Whoever takes an account over by an address that an administrator set waits, and the former one stops it.
    other = f"autre@{SCENE['unique']}.example.fr"
    given = call("entities.patch_agent", DSI, account, client=administrator, body=models.AgentPatch(email=other), expect=202)
    assert given.parsed.pending_email.address == other
    # The address of an account that works is not released.
    none = models.AgentPatch(email=None)
    refused("entities.patch_agent", DSI, account, client=administrator, body=none, expect=409, name="too-early")
    token = models.MailedToken(token=mailed(other, r"/confirm\?token="))
    assert read("accounts.confirm_email", client=public, body=token).confirmed
    call("accounts.ask_to_recover", client=agent, body=models.AskedAddress(email=other), expect=202)
    token = models.MailedToken(token=mailed(other, r"/recovery\?token="))
    call("accounts.confirm_recovery", client=agent, body=token, expect=202)
    token = models.MailedToken(token=mailed(email, r"/stop\?token="))
    assert read("accounts.stop_recovery_by_link", client=public, body=token).stopped


def declared_agents() -> None:
    begun = call("entities.invite_declared", DSI, client=administrator, expect=202).parsed
    progress = read("entities.read_invitations", DSI, client=administrator)
    assert (progress.started_at, progress.without_address, progress.more) == (begun.started_at, 0, False)


def a_spreadsheet() -> None:
    sheet = f"prénom;nom;courriel\r\nOscar;Import;oscar@{SCENE['unique']}.example.fr\r\nPas;Bon;nulle part\r\n".encode()
    for dry_run, status in ((True, "wouldCreate"), (False, "created")):
        body = File(payload=io.BytesIO(sheet))
        report = read("entities.import_agents", DSI, client=administrator, body=body, dry_run=dry_run)
        assert [row.status for row in report.rows] == [status, "refused"] and report.rows[1].errors[0].field == "email"
    call("entities.delete_agent", DSI, report.rows[0].account_id, client=administrator, expect=204)


def oversight() -> None:
    audit = read("entities.list_audit", ENTITY, client=administrator, names=True)
    assert AGENT in [person.account_id for person in audit.names.people]
    assert {"agentImported", "agentWithdrawn", "entityRenamed", "agentChanged"} <= {entry.what for entry in audit.items}
    recipients = read("entities.list_recipients", CONSULTATION, client=administrator, kind="messageReceived")
    assert {item.account_id: (item.sight, item.mailed) for item in recipients.items}[AGENT] == ("author", False)
    assert read("entities.list_undeliverable", ENTITY, client=administrator).items == []
    found = read("entities.find_consultations", ENTITY, client=administrator, q="rien de tel")
    assert found.items == [] and found.cursor is None
    assert all(kind.count > 0 or kind.more for kind in read("entities.list_todo", ENTITY, client=administrator, limit=5).items)
    unfollowed = read("entities.list_unfollowed", ENTITY, client=administrator)
    assert CONSULTATION not in [item.consultation_id for item in unfollowed.items]


def a_handover() -> None:
    shown = read("favourites.show_handover", ENTITY, AGENT, client=administrator)
    assert all(item.entity_id for item in shown.items)
    body = models.HandoverTo.from_dict({"toAccountId": COLLEAGUE})
    asked = call("favourites.hand_over", ENTITY, AGENT, client=administrator, body=body, expect=202).parsed
    assert asked.to_account_id == COLLEAGUE


def events() -> None:
    question = {"consultationId": CONSULTATION, "questionId": f"q-{SCENE['unique']}", "receivedAt": "2026-11-24T09:00:00+01:00", "hasAttachment": True}
    batch = models.SentEvents.from_dict({"events": [{"type": "QuestionReceived", "detail": question}, {"type": "QuestionReceived", "detail": {}}]})
    taken, wrong = read("intake.send_events", client=program, body=batch).items
    assert taken.accepted and not wrong.accepted and [error.field for error in wrong.errors] == ["consultationId"]


def pages() -> None:
    for name in ("home", "contact", "alerts", "favourites", "places", "linked_accounts", "history", "administration"):
        assert "<html" in read(f"portal.show_{name}", client=public)
    for name in ("legal_notice", "personal_data", "accessibility", "help"):
        assert "<html" in read(f"portal.show_{name}", client=public)
    assert "<html" in read("portal.show_favourite", CONSULTATION, client=public)
    assert "<html" in read("portal.show_administration_part", "agents", client=public)
    assert "<html" in read("portal.show_administration_detail", "agents", ENTITY, client=public)
    for name in ("confirmation", "invitation", "link", "delegation", "recovery", "recovery_stop"):
        assert "<html" in read(f"portal.show_{name}", client=public, token="nonsense")
    assert json.loads(read("portal.read_asset", "config.json", client=public))["clientId"]
    assert read("portal.read_description", client=public).openapi == "3.1.0"
    assert read("portal.read_description_of_events", client=public).asyncapi == "3.0.0"


for chapter in (
    who_am_i, contact_details, alerts_and_places, stars, what_was_sent, another_address, linked_accounts, an_absence, requests_of_others, entities,
    first_choices, agents, declared_agents, a_spreadsheet, oversight, a_handover, events, pages,
):  # fmt: skip
    chapter()
print(json.dumps({"called": sorted(CALLED)}))
