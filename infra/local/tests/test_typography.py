"""Our own French texts follow one table of rules: those of the mails here, those of the page where it is bundled and in the browser."""

import html
import json
import re

import paths
import pytest

RULES = json.loads((paths.ROOT / "shared" / "typography.json").read_text("utf-8"))
SNAPSHOTS = sorted(path for path in (paths.ROOT / "shared").glob("*/tests/mails/snapshots/*.snap") if "hostile" not in path.name)
# Came from outside, and is shown as it came.
OUTSIDE = ("O'Brien", "O'Away", "Travaux d'entretien & rénovation des écoles", "La date précède l'envoi.")


def typeset(text: str) -> str:
    for rule in RULES:
        text = re.sub(rule["find"], re.sub(r"\$(\d)", r"\\\1", rule["put"]), text)
    return text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule["says"])
def test_a_rule_does_what_it_says_and_leaves_alone_what_is_right(rule):
    assert re.sub(rule["find"], re.sub(r"\$(\d)", r"\\\1", rule["put"]), rule["wrong"]) == rule["right"]
    assert typeset(rule["right"]) == rule["right"]


@pytest.mark.parametrize("path", SNAPSHOTS, ids=lambda path: path.stem)
def test_every_mail_is_set_by_the_table(path):
    # The subject is the contract's to the letter.
    _, text, markup = re.split(r"^======== \w+$", path.read_text("utf-8"), flags=re.MULTILINE)
    markup = html.unescape(re.sub(r"<[^>]*>", "\n", re.sub(r"(?s)<style>.*</style>", "", markup)))
    for own in (text, markup):
        own = re.sub(r"https?://\S+", "", own)
        for outside in OUTSIDE:
            own = own.replace(outside, "")
        assert [line for line in own.splitlines() if typeset(line) != line] == []


def test_there_are_mails_to_look_at():
    assert len(SNAPSHOTS) > 20
