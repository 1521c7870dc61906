"""Names of accounts in samples and commands become ids, which exist only once the demo is loaded; so do mails and the time."""

import re
from datetime import datetime, timezone

import aws

ME = "{me}"


def with_account_ids(stack: dict, text: str) -> str:
    """`{{account:claire@example.org}}` becomes that account's id; raises ValueError for an account that is not of the demo."""

    def account_id(found: re.Match) -> str:
        try:
            return stack["accounts"][found[1]]
        except KeyError:
            raise ValueError(f"no demo account {found[1]}") from None

    return re.sub(r"\{\{account:([^{}\s]+)\}\}", account_id, text)


def for_the_bus(stack: dict, text: str) -> str:
    """The same with what an event about a mail names: `{{now}}`, and `{{delivery:claire@example.org}}` for the newest mail to that account.

    A mail is named as in its tags. Raises ValueError for an account that is not of the demo, or that nothing was sent to.
    """
    text = re.sub(r"\{\{delivery:([^{}\s]+)\}\}", lambda found: _newest_delivery(stack, found[1]), text)
    now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return with_account_ids(stack, text.replace("{{now}}", now))


def _newest_delivery(stack: dict, email: str) -> str:
    account = with_account_ids(stack, f"{{{{account:{email}}}}}")
    pages = aws.client("dynamodb", stack["awsEndpoint"]).get_paginator("query").paginate(
        TableName=stack["tableName"],
        KeyConditionExpression="pk = :pk AND begins_with(sk, :sk)",
        ExpressionAttributeValues={":pk": {"S": f"ACCOUNT#{account}"}, ":sk": {"S": "DELIVERY#"}},
    )
    sent = [item for page in pages for item in page["Items"] if "messageId" in item]
    if not sent:
        raise ValueError(f"nothing was sent to {email}")
    return max(sent, key=lambda item: item["at"]["S"])["sk"]["S"].removeprefix("DELIVERY#")


def login(stack: dict, email: str) -> dict:
    """The demo login of an address, as in stack.json; raises ValueError when there is none."""
    for each in stack["logins"]:
        if each["email"] == email:
            return each
    known = ", ".join(each["email"] for each in stack["logins"]) or "none"
    raise ValueError(f"no such demo login: {email} (there are: {known})")


def filled(stack: dict, email: str, text: str) -> str:
    """The same with `{me}`, the account of the login that calls."""
    text = with_account_ids(stack, text)
    return text.replace(ME, login(stack, email)["accountId"]) if ME in text else text
