"""Commands as documents show them, and what they say that these answer."""

import re

# Changes from run to run: ids, instants, days, addresses that were made, and the ids of events.
CHANGES = (
    (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    (r"[0-9a-f]{8}-…", r"[0-9a-f]{8}-.*?"),
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", r"\d{4}-\d\d-\d\dT[\d:.]+Z"),
    (r"\d{4}-\d\d-\d\d", r"\d{4}-\d\d-\d\d"),
    (r"nicolas\.\d+@", r"nicolas\.\d+@"),
    (r'"version":\d+', r'"version":\d+'),
    (r"\.\.\.|…", r".*?"),
)


def pattern(shown: str) -> str:
    """What the README shows, as a pattern: `…` stands for anything, and what changes for its like."""
    found = re.compile("|".join(f"({changing})" for changing, _ in CHANGES))
    parts, at = [], 0
    for match in found.finditer(shown):
        parts += [re.escape(shown[at : match.start()]), CHANGES[match.lastindex - 1][1]]
        at = match.end()
    return "".join([*parts, re.escape(shown[at:])])


def squeezed(text: str) -> str:
    """Without white space: the README breaks long lines."""
    return re.sub(r"\s+", "", text)


def blocks(text: str) -> list[tuple[str, str | None]]:
    """Commands of a part of a document, each with what stands below it."""
    return re.findall(r"```sh\n(.*?)```\n(?:\n```text\n(.*?)```)?", text, re.DOTALL)


def answers(told: str, shown: str) -> bool:
    """True if a command told what the document shows."""
    return re.search(pattern(squeezed(shown)), squeezed(told), re.DOTALL) is not None
