"""Checks a deployed stack point by point: `make smoke STACK=vigie-production`.

    smoke.py [STACK] [--region REGION] [--only POINT …]     without STACK, or `local`: the local stack

Needs credentials and the stack's name. Says of each point `pass`, `FAIL` with what to do, or `not reachable`; ends with a status other than 0
when one failed. It makes a synthetic organisation whose mails go to SES's simulator, and erases it.
"""

import argparse
import sys
from typing import Callable, NamedTuple

import around
import health
import mail_domain
import particulars
import passes
import sign_in
import use
from botocore.exceptions import BotoCoreError, ClientError
from organisation import Organisation
from target import Target
from verdict import Verdict, failed, not_reachable


class Point(NamedTuple):
    name: str
    check: Callable[[Target, Organisation], Verdict]
    # True if it needs what earlier points have made.
    of_organisation: bool = False


POINTS = [
    Point("stack complete", around.complete),
    Point("passes through", passes.through),
    Point("functions active", around.functions),
    Point("stream and queues enabled", around.mappings),
    Point("protection, recovery, expiry", health.kept),
    # Before this rings one itself.
    Point("no alarm rings", health.alarms),
    Point("organisation from an event", use.provisioned, True),
    Point("each event told", use.events, True),
    Point("bulk mail as the mailer", use.bulk_mail, True),
    Point("feedback of SES", use.feedback, True),
    Point("canary came back", use.canary),
    Point("old values of a transaction", use.old_values, True),
    Point("each route", use.routes, True),
    Point("above the rate", around.above_the_rate),
    Point("suppression as declared", around.suppression),
    Point("alarm reaches its topic", around.alarm),
    Point("queue depths", health.depths),
    Point("operator complete", particulars.complete),
    Point("access log has lines", around.access_log),
    Point("nothing denied", around.denied, True),
    Point("sign-in", sign_in.same_issuer),
    Point("operator's token", sign_in.token),
    Point("DKIM", mail_domain.dkim),
    Point("SPF", mail_domain.spf),
    Point("DMARC", mail_domain.dmarc),
]
ERASED = Point("organisation erased", use.erased, True)
_MINE = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "AccessDeniedError")


def checked(point: Point, target: Target, organisation: Organisation | None) -> Verdict:
    """The point's verdict; what it stumbles over is a failure, and what these credentials may not see is not reachable."""
    if point.of_organisation and organisation is None:
        return not_reachable("there is no synthetic organisation")
    try:
        return point.check(target, organisation)
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code in _MINE:
            return not_reachable(f"your credentials may not: {error}")
        return failed(str(error), "look at the stack in the console")
    except (BotoCoreError, OSError, RuntimeError, LookupError, ValueError) as error:
        return failed(f"{type(error).__name__}: {error}", "look at the functions' logs")


def run(target: Target, points: list[Point]) -> int:
    """Checks and prints the points; returns how many failed."""
    verdicts: list[Verdict] = []

    def show(point: Point, organisation: Organisation | None) -> Verdict:
        verdict = checked(point, target, organisation)
        verdicts.append(verdict)
        print(f"{verdict.state:14} {point.name:30} {verdict.detail}", flush=True)
        if verdict.todo:
            print(f"{'':14} {'':30} → {verdict.todo}", flush=True)
        return verdict

    organisation = None
    try:
        for point in points:
            if point.of_organisation and organisation is None and point.check is use.provisioned:
                organisation = Organisation(target)
            show(point, organisation)
    finally:
        if organisation:
            show(ERASED, organisation)
    count = {state: sum(verdict.state == state for verdict in verdicts) for state in ("pass", "FAIL", "not reachable")}
    print(f"{count['pass']} passed, {count['FAIL']} failed, {count['not reachable']} not reachable")
    return count["FAIL"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stack", nargs="?", default="")
    parser.add_argument("--region")
    parser.add_argument("--only", action="append", choices=[point.name for point in POINTS], help="this point alone; may be repeated")
    given = parser.parse_args()
    try:
        target = Target(given.stack, given.region)
        target.outputs
    except (LookupError, BotoCoreError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    points = [point for point in POINTS if not given.only or point.name in given.only]
    return 1 if run(target, points) else 0


if __name__ == "__main__":
    sys.exit(main())
