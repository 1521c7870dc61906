"""Puts the events of a file on the bus of a deployed stack: `make send STACK=vigie-production EVENT=organisation.json`.

    send_events.py STACK FILE
"""

import json
import sys

from botocore.exceptions import BotoCoreError, ClientError
from target import ROOT, Target

sys.path.insert(0, str(ROOT / "infra" / "local"))

from send import read  # noqa: E402


def main(stack: str, file: str) -> None:
    try:
        with open(file, encoding="utf-8") as content:
            events = read(json.load(content))
        target = Target(stack)
        target.put(*events)
    except (OSError, ValueError, LookupError, RuntimeError, BotoCoreError, ClientError) as error:
        sys.exit(f"error: {error}")
    print(f"{len(events)} event(s) on {target.outputs['BusName']}", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
