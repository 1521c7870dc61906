"""The point about the operator's particulars: what a public body has to publish is there."""

import urllib.request

from target import Target
from verdict import Verdict, failed, passed

# The words of vigie_operator::MISSING.
MISSING = "à compléter par l’exploitant"
PAGES = ("/mentions-legales", "/donnees-personnelles", "/accessibilite", "/aide")


def complete(target: Target, _) -> Verdict:
    """No public page says that something is to be completed; outside of production it may."""
    opener = urllib.request.build_opener(*([urllib.request.ProxyHandler({})] if target.local else []))
    lacking = {}
    for page in PAGES:
        with opener.open(target.api + page, timeout=30) as answer:
            if count := answer.read().decode().count(MISSING):
                lacking[page] = count
    said = ", ".join(f"{page} {count} times" for page, count in lacking.items())
    if said and target.parameters.get("Stage") == "production":
        return failed(f"« {MISSING} » stands on {said}", "complete infra/operator.json, and deploy again")
    return passed(f"« {MISSING} » stands on {said}, which is refused in production only" if said else "nothing is to be completed")
