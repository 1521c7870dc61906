"""docs/connect.md, typed by somebody who has `curl` and what the operator hands out."""

import os
import shlex
import subprocess
import sys

import aws
import typed
from deployed import ROOT, Stack

YANN, NORA, ODILE = (f"{name}@pontivel.example.fr" for name in ("yann.legoff", "nora.benali", "odile.marchand"))

# Between two commands the mails have time to arrive, and Yann opens his.
PERSON = f"""
import json, os, sys
sys.path.insert(0, {str(ROOT / "tests" / "e2e")!r})
from deployed import Stack, token_of
stack = Stack(json.load(open(os.environ["VIGIE_STACK"])))
stack.quiet()
if "sign in" in sys.argv[1]:
    print(f"AGENT={{stack.token({YANN!r})}} INVITATION={{token_of(stack.mail({YANN!r}, 'token='))}}")
"""


def handed_out(stack: Stack) -> dict[str, str]:
    """What the operator gives to the editor."""
    told = stack.description
    cognito = aws.client("cognito-idp", told["awsEndpoint"])
    client = cognito.describe_user_pool_client(UserPoolId=told["userPoolId"], ClientId=told["machineClientId"])["UserPoolClient"]
    return {
        "API": told["apiUrl"],
        "TOKEN_URL": f"{told['awsEndpoint']}/oauth2/token",
        "CLIENT_ID": client["ClientId"],
        "CLIENT_SECRET": client["ClientSecret"],
        "NO_PROXY": "*",
    }


def test_a_portal_is_connected_by_the_commands_of_the_document(stack, tmp_path):
    blocks = typed.blocks((ROOT / "docs" / "connect.md").read_text("utf-8"))
    assert len(blocks) >= 8 and sum(bool(shown) for _, shown in blocks) >= 5
    (tmp_path / "person.py").write_text(PERSON)
    person = f"{shlex.quote(sys.executable)} {shlex.quote(str(tmp_path / 'person.py'))}"
    script = ["set -e"]
    for number, (command, _) in enumerate(blocks):
        deed = "sign in" if "$INVITATION" in command else "wait"
        script += [f"eval $({person} {shlex.quote(deed)})", f"{{\n{command}\n}} > {shlex.quote(f'{tmp_path}/{number}.txt')} 2>&1"]
    done = subprocess.run(
        ["bash", "-c", "\n".join(script)], cwd=tmp_path, env=os.environ | handed_out(stack), capture_output=True, text=True, check=False
    )
    told = {number: (tmp_path / f"{number}.txt").read_text("utf-8") for number in range(len(blocks)) if (tmp_path / f"{number}.txt").exists()}
    assert done.returncode == 0, f"{done.stderr}\n{told}"
    for number, (command, shown) in enumerate(blocks):
        assert not shown or typed.answers(told[number], shown), f"{command}\n{told[number]}"
    stack.quiet()
    assert "/invitation?token=" in stack.mail(ODILE)["text"]
    alert = "[2026-TVX-0042] Nouveau dépôt électronique"
    assert [mail["subject"] for mail in stack.mails(YANN)].count(alert) == 1
    assert alert not in [mail["subject"] for mail in stack.mails(NORA)]
    assert stack.rejected() == []
