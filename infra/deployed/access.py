"""Asks SES for production access: `make access STAGE=production`. Its form asks a person what is sent, and this answers it.

    access.py STAGE [--config FILE]
"""

import argparse
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError
from deploy import INFRA, Refused, configured
from target import Target

USE = """Vigie is the account and alert service of a French public-procurement portal. It mails procurement agents of public bodies \
what happens to the consultations that they follow: tenders received, questions, deadlines, and what concerns their own accounts \
(invitations, confirmations). Nobody else is mailed, and nothing is advertised. Addresses come from the agents' own administrations and \
are confirmed by a link. Every alert carries List-Unsubscribe with one click (RFC 8058) and a link to its kind. Bounces and complaints \
come back over EventBridge within seconds: an address that bounced or complained is mailed no more, and alarms ring at 2.5 % of bounces \
and 0.05 % of complaints. Invitations of an organisation are held back when one in twenty comes back."""


def ask(config: Path, stage: str) -> str:
    """Asks, unless that was done; returns what became of it."""
    wanted = configured(config, stage)
    target = Target(wanted["stack_name"], wanted["region"])
    ses = target.client("sesv2")
    account = ses.get_account()
    if account.get("ProductionAccessEnabled"):
        return f"SES has granted it: {account['SendQuota']['MaxSendRate']:.0f} mails a second, {account['SendQuota']['Max24HourSend']:.0f} a day"
    if (review := account.get("Details", {}).get("ReviewDetails", {})).get("Status") == "PENDING":
        return f"it was asked for already; AWS answers by mail (case {review.get('CaseId', '?')})"
    details = {"MailType": "TRANSACTIONAL", "WebsiteURL": target.outputs["PortalUrl"], "ContactLanguage": "EN", "UseCaseDescription": USE}
    if address := wanted["parameters"].get("AlarmAddress"):
        details["AdditionalContactEmailAddresses"] = [address]
    ses.put_account_details(ProductionAccessEnabled=True, **details)
    return "SES was asked; AWS answers by mail, mostly within a day. Then: make deploy again, and make smoke"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage")
    parser.add_argument("--config", type=Path, default=INFRA / "samconfig.toml")
    given = parser.parse_args()
    try:
        print(ask(given.config, given.stage))
    except (Refused, LookupError, BotoCoreError, ClientError) as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
