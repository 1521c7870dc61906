"""Requests that are made from the served description, right and wrong ones, as an agent and as an administrator: every answer is one that
the description has, what is right by it is taken, what is wrong is refused, and nothing fails."""

import json
import os

import pytest
from conftest import HERE, TOOLS, run
from scene import cast, invited, public, spare

CASES = int(os.environ.get("CASES", "40"))
# The same requests each time; `SEED=` tries others.
SEED = os.environ.get("SEED", "1")

CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "negative_data_rejection",
    "positive_data_acceptance",
    "missing_required_header",
    "every_header_is_described",
)


def where(here: dict, login: str, erased: str, pending: str, links: dict[str, str]) -> str:
    """Chooses existing things as the targets of requests, because a missing one answers 404 to all of them. The first match decides."""
    own, colleague = here[login]["account"], here["chloe"]["account"]
    places = (
        ('operation-id = "Erase"', {"id": erased}),
        ('operation-id = ["Invite", "DeleteAgent"]', {"id": here["dsi"], "accountId": pending}),
        ('path-regex = "^/v1/accounts/"', {"id": own, "consultationId": here["consultation"], "otherId": colleague}),
        ('path-regex = "^/v1/consultations/"', {"id": here["consultation"]}),
        ('operation-id = ["Write", "CreateAgent", "ImportAgents", "ListAudit"]', {"id": here["dsi"]}),
        ('operation-id = "ReadDeadline"', {"token": links["calendar"]}),
        ('path-regex = "^/v1/unsubscribe/"', {"token": links["unsubscribe"]}),
        ('path-regex = "^/assets/"', {"file": links["file"]}),
        ('path-regex = "^/v1/entities/"', {"id": here["entity"], "otherId": here["dsi"], "accountId": colleague}),
    )
    return "".join(f"\n[[operations]]\ninclude-{which}\nparameters = {{ {table(names)} }}\n" for which, names in places)


def table(names: dict[str, str]) -> str:
    return ", ".join(f'"path.{name}" = {json.dumps(value)}' for name, value in names.items())


def test_every_answer_to_a_program_is_described(stack, served, unique, tmp_path):
    """Wrong events in a right list are told one by one, in an answer that is right."""
    here = cast(stack, unique)
    checks = [check for check in CHECKS if check != "negative_data_rejection"]
    run(
        TOOLS / "st", "--config-file", HERE / "schemathesis.toml", "run", served, "--url", here["url"], "--include-operation-id", "SendEvents",
        "--header", f"Authorization: Bearer {here['program']['token']}", "--checks", ",".join(checks),
        "--mode", "all", "--max-examples", str(CASES), "--phases", "examples,coverage,fuzzing", "--seed", SEED,
        "--generation-database", "none", "--no-shrink", "--continue-on-failure", "--suppress-health-check", "all",
        "--workers", "1", "--no-color", "--output-sanitize", "true",
        cwd=tmp_path, SCHEMATHESIS_HOOKS="hooks", SCENE=json.dumps({}), PYTHONPATH=str(HERE),
    )  # fmt: skip


@pytest.mark.parametrize("login", ["bruno", "administrator"], ids=["agent", "administrator"])
def test_every_answer_is_described_and_what_is_right_is_taken(stack, served, unique, login, tmp_path):
    here = cast(stack, unique)
    erased = spare(here, stack, login)
    pending = invited(here, stack, f"pending@{unique}.example.fr")
    config = tmp_path / "schemathesis.toml"
    rules = (HERE / "schemathesis.toml").read_text(encoding="utf-8")
    config.write_text(rules + where(here, login, erased, pending, public(here, stack)), encoding="utf-8")
    scene = {"entity": here["entity"], "dsi": here["dsi"], "unique": unique, "colleague": here["chloe"]["account"], "own": here[login]["account"]}
    run(
        TOOLS / "st", "--config-file", config, "run", served, "--url", here["url"],
        "--header", f"Authorization: Bearer {here[login]['token']}", "--checks", ",".join(CHECKS),
        "--mode", "all", "--max-examples", str(CASES), "--phases", "examples,coverage,fuzzing", "--seed", SEED,
        "--generation-database", "none", "--no-shrink", "--continue-on-failure", "--suppress-health-check", "all",
        # One at a time: Python 3.11 cannot always parse its own sources in two threads at once.
        "--workers", "1", "--no-color", "--output-sanitize", "true",
        # It leaves a folder where it runs.
        cwd=tmp_path, SCHEMATHESIS_HOOKS="hooks", SCENE=json.dumps(scene), PYTHONPATH=str(HERE),
    )  # fmt: skip
