"""Replaces the key of mailed links: `make rotate STACK=vigie-production`, with `LEAKED=1` where somebody else may know it.

    rotate.py STACK [1]     without STACK, or `local`: the local stack

No key is shown. The functions need no deployment: they read the secret again within five minutes, and at the first newer link.
"""

import sys

import token_keys
from botocore.exceptions import BotoCoreError, ClientError
from target import Target

KEPT = "Links to unsubscribe and calendars that went before work on."
VOID = "No link that went before works any more, once five minutes are over."
AGAIN = "Confirmations, invitations and requests that nobody has opened yet are sent again by who asked for them."


def main(stack: str, leaked: str = "") -> None:
    if leaked not in ("", "1"):
        sys.exit("error: LEAKED is 1, or not given")
    try:
        target = Target(stack)
        keys = token_keys.rotated(token_keys.read(target), bool(leaked))
        token_keys.write(target, keys)
    except (LookupError, ValueError, BotoCoreError, ClientError) as error:
        sys.exit(f"error: {error}")
    print(f"Links of {target.stack} are signed with key {max(keys)} from now on. {VOID if leaked else KEPT}\n{AGAIN}")


if __name__ == "__main__":
    main(*sys.argv[1:])
