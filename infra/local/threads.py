"""The inbox as a page: the mails of each recipient in threads, as their mail program would show them."""

from collections import Counter
from datetime import datetime
from html import escape
from typing import NamedTuple
from urllib.parse import quote
from zoneinfo import ZoneInfo

PARIS = ZoneInfo("Europe/Paris")
DAYS = ("lun.", "mar.", "mer.", "jeu.", "ven.", "sam.", "dim.")
MONTHS = ("janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc.")

STYLE = """<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color-scheme: light dark }
nav { line-height: 2 } [aria-current] { font-weight: bold } li { margin: .5rem 0 } small { opacity: .75 } ol, ul { padding: 0; list-style: none } iframe { width: 100%; height: 40rem; border: 1px solid #8888; background: #fff }
</style>"""


class Thread(NamedTuple):
    """Mails to one recipient that belong together, oldest first."""

    to: str
    mails: list[dict]

    @property
    def id(self) -> str:
        return self.mails[0]["id"]


def threads(mails: list[dict]) -> list[Thread]:
    """Groups mails by recipient and by the root that `References` names; the thread with the newest mail comes first."""
    found: dict[tuple[str, str], Thread] = {}
    for mail in mails:
        to = ", ".join(mail["to"])
        root = (mail["headers"].get("References", "").split() or [mail["id"]])[0]
        thread = found.pop((to, root), Thread(to, []))
        thread.mails.append(mail)
        found[to, root] = thread
    return list(reversed(found.values()))


def overview(mails: list[dict], to: str | None = None) -> str:
    """Returns the page of all threads, or of those to an address, with the people who have any. It reads itself anew every five seconds."""
    rows = "".join(_row(thread) for thread in threads(mails) if to in (None, thread.to))
    title = f"Boîte de réception de {to}" if to else "Boîte de réception"
    body = f"{_people(mails, to)}<ul>{rows or '<li>Aucun message.</li>'}</ul>"
    return _page(title, body, '<meta http-equiv="refresh" content="5">')


def _people(mails: list[dict], to: str | None) -> str:
    """Returns the links to each person's mails, with their number."""
    counts = Counter(address for mail in mails for address in mail["to"])
    names = [("/", "Tous", len(mails), None), *((f"/?to={quote(name)}", name, n, name) for name, n in sorted(counts.items()))]
    links = (f'<a href="{address}"{" aria-current=page" if name == to else ""}>{escape(shown)}</a> ({n})' for address, shown, n, name in names)
    return f'<nav aria-label="Destinataires">{" · ".join(links)}</nav>'


def in_paris(instant: str) -> str:
    """Returns an instant as people in Paris say it."""
    at = datetime.fromisoformat(instant).astimezone(PARIS)
    day = "1er" if at.day == 1 else at.day
    return f"{DAYS[at.weekday()]} {day} {MONTHS[at.month - 1]} {at.year}, {at.hour} h {at.minute:02} min {at.second:02} s"


def _row(thread: Thread) -> str:
    newest, count = thread.mails[-1], len(thread.mails)
    more = f" ({count})" if count > 1 else ""
    address = f"/threads/{quote(thread.id, safe='')}"
    link = f'<a href="{address}">{escape(newest["subject"])}</a>{more}'
    return f'<li>{link}<br><small>{escape(thread.to)} · {in_paris(newest["at"])}</small></li>'


def thread_page(mails: list[dict], id: str) -> str | None:
    """Returns the page of one thread, named by its first mail; `None` if there is none."""
    thread = next((each for each in threads(mails) if each.id == id), None)
    if thread is None:
        return None
    items = "".join(_mail(mail) for mail in reversed(thread.mails))
    return _page(thread.mails[-1]["subject"], f'<p><a href="/">Tous les messages</a> · <a href="/?to={quote(thread.to)}">{escape(thread.to)}</a></p><ol>{items}</ol>')


def _mail(mail: dict) -> str:
    head = f"<h2>{escape(mail['subject'])}</h2><small>{escape(mail['from'])} · {in_paris(mail['at'])}</small>"
    source = escape(mail["html"].replace("<head>", '<head><base target="_blank">', 1))
    # No script of a mail runs, and its links open beside the inbox.
    frame = f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="{source}" title="{escape(mail["subject"])}"></iframe>'
    return f"<li>{head}{frame}<details><summary>Texte</summary><pre>{escape(mail['text'])}</pre></details></li>"


def _page(title: str, body: str, more: str = "") -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">{more}<title>{escape(title)}</title>{STYLE}'
    return f'<!doctype html><html lang="fr"><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>'
