"""The inbox as a page: the mails of each recipient in threads, as their mail program would show them."""

from html import escape
from typing import NamedTuple
from urllib.parse import quote

STYLE = """<style>
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color-scheme: light dark }
li { margin: .5rem 0 } small { opacity: .75 } ol, ul { padding: 0; list-style: none } iframe { width: 100%; height: 40rem; border: 1px solid #8888; background: #fff }
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


def overview(mails: list[dict]) -> str:
    """Returns the page of all threads, which reads itself anew every five seconds."""
    rows = "".join(_row(thread) for thread in threads(mails))
    return _page("Boîte de réception", f"<ul>{rows or '<li>Aucun message.</li>'}</ul>", '<meta http-equiv="refresh" content="5">')


def _row(thread: Thread) -> str:
    newest, count = thread.mails[-1], len(thread.mails)
    more = f" ({count})" if count > 1 else ""
    address = f"/threads/{quote(thread.id, safe='')}"
    link = f'<a href="{address}">{escape(newest["subject"])}</a>{more}'
    return f'<li>{link}<br><small>{escape(thread.to)} · {escape(newest["at"])}</small></li>'


def thread_page(mails: list[dict], id: str) -> str | None:
    """Returns the page of one thread, named by its first mail; `None` if there is none."""
    thread = next((each for each in threads(mails) if each.id == id), None)
    if thread is None:
        return None
    items = "".join(_mail(mail) for mail in reversed(thread.mails))
    return _page(thread.mails[-1]["subject"], f'<p><a href="/">Tous les messages</a> · {escape(thread.to)}</p><ol>{items}</ol>')


def _mail(mail: dict) -> str:
    head = f"<h2>{escape(mail['subject'])}</h2><small>{escape(mail['from'])} · {escape(mail['at'])}</small>"
    source = escape(mail["html"].replace("<head>", '<head><base target="_blank">', 1))
    # No script of a mail runs, and its links open beside the inbox.
    frame = f'<iframe sandbox="allow-popups allow-popups-to-escape-sandbox" srcdoc="{source}" title="{escape(mail["subject"])}"></iframe>'
    return f"<li>{head}{frame}<details><summary>Texte</summary><pre>{escape(mail['text'])}</pre></details></li>"


def _page(title: str, body: str, more: str = "") -> str:
    head = f'<meta charset="utf-8"><meta name="viewport" content="width=device-width">{more}<title>{escape(title)}</title>{STYLE}'
    return f'<!doctype html><html lang="fr"><head>{head}</head><body><h1>{escape(title)}</h1>{body}</body></html>'
