"""The mails that the stack sent, as text: `make mails`."""

import json
import sys
from urllib.parse import quote

from api import OPENER

# Headers that people read above a mail, and headers that their program reads.
SHOWN = ("List-Unsubscribe", "List-Unsubscribe-Post")


def mails(stack: dict, to: str = "") -> list[dict]:
    """All mails, or those to an address, newest last."""
    with OPENER.open(stack["mailsUrl"] + (f"?to={quote(to)}" if to else ""), timeout=10) as answer:
        return json.load(answer)


def show(stack: dict, to: str = "", out=sys.stdout) -> None:
    """Writes them one after the other, newest last."""
    for mail in mails(stack, to):
        print("\n".join(lines(mail)), file=out)


def lines(mail: dict) -> list[str]:
    """A mail as lines of text."""
    head = [f"From: {mail['from']}", f"To: {', '.join(mail['to'])}", f"Date: {mail['at']}", f"Subject: {mail['subject']}"]
    more = [f"{name}: {value}" for name, value in mail["headers"].items() if name in SHOWN]
    return ["─" * 72, *head, *more, "", mail["text"].rstrip(), ""]
