"""Names of accounts in samples and commands become ids, which exist only once the demo is loaded."""

import re

ME = "{me}"


def with_account_ids(stack: dict, text: str) -> str:
    """`{{account:claire@example.org}}` becomes that account's id; raises ValueError for an account that is not of the demo."""

    def account_id(found: re.Match) -> str:
        try:
            return stack["accounts"][found[1]]
        except KeyError:
            raise ValueError(f"no demo account {found[1]}") from None

    return re.sub(r"\{\{account:([^{}\s]+)\}\}", account_id, text)


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
