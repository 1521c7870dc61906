"""`make deploy`, with `sam`, AWS and the name server played: what is run, with what, and what is said to be missing."""

import json
import os
import subprocess
import sys

import pytest
from conftest import HERE, stack_xml

CONFIG = """
version = 0.1
[trial.deploy.parameters]
stack_name = "vigie-trial"
region = "eu-west-3"
parameter_overrides = ["Stage=test", "MailDomain=trial.fr", "MailFrom=vigie@trial.fr", "MailRate=50", "Name=\\"Alertes de Vigie\\""]
[untouched.deploy.parameters]
stack_name = "vigie-untouched"
region = "eu-west-3"
parameter_overrides = ["Stage=test", "MailDomain=staging.vigie.example", "MailFrom=vigie@staging.vigie.example"]
"""
TOKENS = ["aaa", "bbb", "ccc"]
IDENTITY = {
    "DkimAttributes": {"Tokens": TOKENS, "Status": "PENDING", "SigningHostedZone": "dkim.eu-west-3.amazonses.com"},
    "MailFromAttributes": {"MailFromDomain": "bounces.trial.fr", "MailFromDomainStatus": "PENDING", "BehaviorOnMxFailure": "USE_DEFAULT_VALUE"},
}
COMPLETE = {
    **{(f"{token}._domainkey.trial.fr", "CNAME"): [f"{token}.dkim.eu-west-3.amazonses.com."] for token in TOKENS},
    ("bounces.trial.fr", "MX"): ["10 feedback-smtp.eu-west-3.amazonses.com."],
    ("bounces.trial.fr", "TXT"): ['"v=spf1 include:amazonses.com ~all"'],
    ("_dmarc.trial.fr", "TXT"): ['"v=DMARC1; p=reject"'],
}


@pytest.fixture
def deploy(cloud, names, tmp_path):
    """Runs the program; returns what became of it, and the arguments that `sam` was given."""
    cloud["DescribeStacks"] = (200, stack_xml(MailDomain="trial.fr", MailRate="50", AlarmTopicArn="arn:aws:sns:topic"))
    cloud["GET /v2/email/identities/trial.fr"] = (200, IDENTITY)
    cloud["GET /v2/email/account"] = (200, {"ProductionAccessEnabled": True, "SendQuota": {"MaxSendRate": 50.0}})
    config, given = tmp_path / "samconfig.toml", tmp_path / "given.json"
    config.write_text(CONFIG)
    sam = tmp_path / "sam"
    played = f"import json, os, sys; json.dump(sys.argv[1:], open({str(given)!r}, 'w')); print('CREATE_COMPLETE'); sys.exit(int(os.environ.get('SAM_FAILS', 0)))"
    sam.write_text(f"#!{sys.executable}\n{played}\n")
    sam.chmod(0o755)

    def run(*arguments, **env):
        program = [sys.executable, str(HERE.parent / "deploy.py"), *arguments, "--built", "--config", str(config)]
        environment = dict(os.environ) | {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}"} | env
        done = subprocess.run(program, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        return done, json.loads(given.read_text()) if given.exists() else None

    return run


def test_it_deploys_the_stage_with_its_parameters_and_shows_the_progress(deploy, names, tmp_path):
    names |= COMPLETE
    done, given = deploy("trial", "x86_64")
    assert done.returncode == 0, done.stderr
    overrides = given[given.index("--parameter-overrides") + 1 :]
    assert given[:5] == ["deploy", "--config-file", str(tmp_path / "samconfig.toml"), "--config-env", "trial"]
    parameters = {"Stage": "test", "MailDomain": "trial.fr", "MailFrom": "vigie@trial.fr", "MailRate": "50", "Name": "Alertes de Vigie"}
    parameters["Architecture"] = "x86_64"
    assert overrides == [*(f'{name}="{value}"' for name, value in parameters.items()), "--no-confirm-changeset"]
    assert "CREATE_COMPLETE" in done.stdout
    assert "the DNS has all it needs. Now: make smoke STACK=vigie-trial" in done.stdout


@pytest.mark.parametrize("missing", COMPLETE, ids=" ".join)
def test_each_record_that_is_missing_is_spelled_out(deploy, names, missing):
    names |= {record: values for record, values in COMPLETE.items() if record != missing}
    done, _ = deploy("trial")
    said = [line.split() for line in done.stdout.splitlines() if line.startswith("  ")]
    assert [(line[2], line[1]) for line in said] == [missing], done.stdout
    assert "make smoke STACK=vigie-trial" in done.stdout


@pytest.mark.parametrize(
    ("record", "value"),
    [
        (("aaa._domainkey.trial.fr", "CNAME"), "aaa.dkim.amazonses.com.elsewhere.fr."),
        (("bounces.trial.fr", "MX"), "10 mx.elsewhere.fr."),
        (("bounces.trial.fr", "TXT"), '"v=spf1 include:elsewhere.fr ~all"'),
        (("_dmarc.trial.fr", "TXT"), '"v=DMARC1"'),
    ],
)
def test_a_record_that_says_something_else_is_missing(deploy, names, record, value):
    names |= COMPLETE | {record: [value]}
    done, _ = deploy("trial")
    assert record[0] in done.stdout


def test_the_sandbox_and_a_lower_rate_are_told(deploy, names, cloud):
    names |= COMPLETE
    cloud["GET /v2/email/account"] = (200, {"ProductionAccessEnabled": False, "SendQuota": {"MaxSendRate": 1.0}})
    done, _ = deploy("trial")
    assert "in its sandbox" in done.stdout
    assert "set MailRate=1" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "what"),
    [(("nowhere",), "STAGE must be one of trial, untouched"), (("untouched",), "set MailDomain and MailFrom of untouched")],
)
def test_what_is_not_configured_is_refused_before_anything_is_run(deploy, cloud, arguments, what):
    done, given = deploy(*arguments)
    assert (done.returncode, given, cloud["asked"]) == (1, None, [])
    assert what in done.stderr


def test_without_credentials_nothing_is_built_or_deployed(deploy, cloud):
    cloud["GetCallerIdentity"] = (403, "<ErrorResponse><Error><Code>InvalidClientTokenId</Code><Message>no</Message></Error></ErrorResponse>")
    done, given = deploy("trial")
    assert (done.returncode, given) == (1, None)
    assert "AWS does not know you" in done.stderr


def test_a_deployment_that_fails_is_no_success(deploy, names):
    done, _ = deploy("trial", SAM_FAILS="3")
    assert done.returncode == 1
    assert "sam ended with status 3" in done.stderr
