"""Does what a mail to the mailbox for unsubscribing asks: `make unsubscribe STACK=vigie-production FILE=mail.eml`.

    unsubscribe.py STACK FILE     without STACK, or `local`: the local stack

FILE is the mail as it came, or its subject alone; `-` is standard input. Anybody can write to a mailbox: what they wrote is never
shown, and reaches nothing but the address of a link.
"""

import email
import email.policy
import re
import sys
import urllib.error
import urllib.request
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from target import Target

TOKEN = re.compile(r"u[0-9]+(~[A-Za-z0-9._-]+){3}", re.ASCII)


def token(content: bytes) -> str:
    """Returns the token that is a mail's subject; raises ValueError for any other."""
    subject = email.message_from_bytes(content, policy=email.policy.default)["Subject"]
    text = content.decode(errors="replace") if subject is None else str(subject)
    if not TOKEN.fullmatch(text.strip()):
        raise ValueError("the subject is no token of a link to unsubscribe")
    return text.strip()


def unsubscribe(target: Target, token: str) -> int:
    """Presses the link's button, as mail programs do (RFC 8058); returns the status."""
    request = urllib.request.Request(f"{target.api}/v1/unsubscribe/{token}", data=b"List-Unsubscribe=One-Click", method="POST")
    request.add_header("Content-Type", "application/x-www-form-urlencoded")
    # A proxy of the shell's must not see what stays on this machine.
    opener = urllib.request.build_opener(*[urllib.request.ProxyHandler({})] * target.local)
    try:
        with opener.open(request, timeout=40) as answer:
            return answer.status
    except urllib.error.HTTPError as refused:
        return refused.code


def main(stack: str, file: str) -> None:
    try:
        content = sys.stdin.buffer.read() if file == "-" else Path(file).read_bytes()
        status = unsubscribe(Target(stack), token(content))
    except (OSError, ValueError, LookupError, BotoCoreError, ClientError) as error:
        sys.exit(f"error: {error}")
    if status == 404:
        sys.exit("error: this link does not work: it is older than a year, or none that was mailed")
    if status != 200:
        sys.exit(f"error: HTTP {status}: try again later")
    print("Done, as by the link itself.")


if __name__ == "__main__":
    main(*sys.argv[1:])
