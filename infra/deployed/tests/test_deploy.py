"""`make deploy`, with `sam`, AWS and the name server played: what is run, with what, and what is said to be missing."""

import io
import json
import os
import shlex
import sys
from typing import NamedTuple

import deploy as program
import pytest
from conftest import no_stack, stack_xml, stacks_xml, xml

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
[live.deploy.parameters]
stack_name = "vigie-trial"
region = "eu-west-3"
parameter_overrides = ["Stage=production", "MailDomain=trial.fr", "MailFrom=vigie@trial.fr", "AlarmAddress=a@trial.fr"]
[live.capacity.parameters]
agents = 4000
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


class Done(NamedTuple):
    returncode: int
    stdout: str
    stderr: str


ALL = "describe all stacks"
OUTPUTS = {"AlarmTopicArn": "arn:aws:sns:eu-west-3:1:alarms"}
THERE = {"MailDomain": "trial.fr", "MailRate": "50"}
KEPT = ("Table", "TokenKeys", "UserPool")


@pytest.fixture
def deploy(cloud, names, tmp_path, monkeypatch, capfd):
    """Runs the program; returns what became of it, and the arguments that `sam` was given each time."""
    cloud[ALL] = stacks_xml()
    cloud["stack"] = (200, stack_xml(outputs=OUTPUTS, **THERE))
    # Of one stack, or of all.
    cloud["DescribeStacks"] = lambda asked: cloud["stack"] if "StackName" in asked else (200, cloud[ALL])
    cloud["DescribeStackResource"] = (200, xml("DescribeStackResource", "<StackResourceDetail></StackResourceDetail>"))
    cloud["ListChangeSets"] = (200, xml("ListChangeSets", "<Summaries></Summaries>"))
    cloud["SetStackPolicy"] = (200, xml("SetStackPolicy", ""))
    cloud["GetStackPolicy"] = (200, xml("GetStackPolicy", "<StackPolicyBody>{}</StackPolicyBody>"))
    cloud["GET /v2/email/identities/trial.fr"] = (200, IDENTITY)
    quota = {"MaxSendRate": 50.0, "Max24HourSend": 50_000.0}
    cloud["GET /v2/email/account"] = (200, {"ProductionAccessEnabled": True, "SendQuota": quota})
    cloud["GET /2016-08-19/account-settings"] = (200, {"AccountLimit": {"ConcurrentExecutions": 1000}})
    listening = "<Subscriptions><member><SubscriptionArn>arn:aws:sns:eu-west-3:1:alarms:1</SubscriptionArn></member></Subscriptions>"
    cloud["ListSubscriptionsByTopic"] = (200, xml("ListSubscriptionsByTopic", listening))
    config, given = tmp_path / "samconfig.toml", tmp_path / "given.json"
    sam = tmp_path / "sam"
    played = (
        f"import json, os, sys; open({str(given)!r}, 'a').write(json.dumps(sys.argv[1:]) + chr(10)); "
        "print('CREATE_COMPLETE'); sys.exit(int(os.environ.get('SAM_FAILS', 0)))"
    )
    # Through the shell: what `#!` names must have no space in it.
    sam.write_text(f"#!/bin/sh\nexec {shlex.quote(sys.executable)} -c {shlex.quote(played)} \"$@\"\n")
    sam.chmod(0o755)

    def run(*arguments, config_text=CONFIG, **env):
        config.write_text(config_text)
        given.unlink(missing_ok=True)
        monkeypatch.setattr(sys, "argv", ["deploy.py", *arguments, "--built", "--config", str(config)])
        monkeypatch.setattr(sys, "stdin", io.StringIO())
        for name, value in {"PATH": f"{tmp_path}{os.pathsep}{os.environ['PATH']}", **env}.items():
            monkeypatch.setenv(name, value)
        status = 0
        try:
            program.main()
        except SystemExit as ended:
            status = ended.code
        said = capfd.readouterr()
        done = Done(int(bool(status)), said.out, f"{said.err}{status}")
        return done, [json.loads(line) for line in given.read_text().splitlines()] if given.exists() else None

    return run


def overrides(given):
    """The parameters that `sam` was given."""
    pairs = (each.split("=", 1) for each in given[given.index("--parameter-overrides") + 1 :] if not each.startswith("--"))
    return {name: value.strip('"') for name, value in pairs}


def asked(cloud, action):
    return [body for name, body in cloud["asked"] if name == action]


def test_it_deploys_the_stage_with_its_parameters_and_shows_the_progress(deploy, names, tmp_path):
    names |= COMPLETE
    done, given = deploy("trial", "x86_64")
    assert done.returncode == 0, done.stderr
    look, change = given
    assert change[:5] == ["deploy", "--config-file", str(tmp_path / "samconfig.toml"), "--config-env", "trial"]
    parameters = {"Stage": "test", "MailDomain": "trial.fr", "MailFrom": "vigie@trial.fr", "MailRate": "50", "Name": "Alertes de Vigie"}
    assert overrides(change) == parameters | {"Architecture": "x86_64", "Protection": "disabled", "LoginMails": "cognito"}
    assert '"Alertes de Vigie"' in str(change) and change[-1] == "--no-confirm-changeset"
    assert "--no-execute-changeset" in look and overrides(look) == overrides(change)
    assert "CREATE_COMPLETE" in done.stdout
    assert "the DNS has all it needs. Now: make smoke STACK=vigie-trial" in done.stdout


def test_x86_64_is_what_is_built_unless_somebody_says_otherwise(deploy, names):
    names |= COMPLETE
    _, given = deploy("trial")
    assert overrides(given[-1])["Architecture"] == "x86_64"


VERIFIED = IDENTITY | {"VerifiedForSendingStatus": True}


@pytest.mark.parametrize(("verified", "granted", "mails"), [(True, True, "ses"), (False, True, "cognito"), (True, False, "cognito")])
def test_a_new_production_is_made_in_two_passes(deploy, names, cloud, verified, granted, mails):
    names |= COMPLETE
    # Not there, and then there.
    cloud["stack"] = [no_stack(), (200, stack_xml(outputs=OUTPUTS, Stage="production", **THERE))]
    cloud["DescribeStacks"] = lambda asked: cloud["stack"] if "StackName" in asked else (200, cloud[ALL])
    cloud["GET /v2/email/identities/trial.fr"] = (200, VERIFIED if verified else IDENTITY)
    account = {"ProductionAccessEnabled": granted, "SendQuota": {"MaxSendRate": 50.0, "Max24HourSend": 50_000.0}}
    cloud["GET /v2/email/account"] = (200, account)
    config = CONFIG.replace("AlarmAddress=a@trial.fr", 'AlarmAddress=a@trial.fr", "MailIdentity=existing')
    done, given = deploy("live", config_text=config)
    assert done.returncode == 0, done.stderr
    first, second = map(overrides, given)
    assert (first["Protection"], first["LoginMails"]) == ("disabled", "cognito")
    assert (second["Protection"], second["LoginMails"]) == ("enabled", mails)
    (policy,) = asked(cloud, "SetStackPolicy")
    assert all(f"LogicalResourceId%2F{name}" in policy for name in KEPT)
    assert "the last one is not through" in done.stdout


def test_a_first_pass_that_fails_is_not_followed_by_a_second(deploy, cloud):
    cloud["stack"] = no_stack()
    cloud["GET /v2/email/identities/trial.fr"] = (404, {"__type": "NotFoundException"})
    done, given = deploy("live", SAM_FAILS="1")
    assert (done.returncode, len(given)) == (1, 1)
    assert overrides(given[0])["Protection"] == "disabled"
    assert not asked(cloud, "SetStackPolicy")


@pytest.mark.parametrize("stage", ["live", "trial"])
def test_a_stack_that_is_there_is_changed_in_one_pass_and_keeps_what_it_has(deploy, names, cloud, stage):
    names |= COMPLETE
    cloud["stack"] = (200, stack_xml(outputs=OUTPUTS, Stage="production", Protection="enabled", LoginMails="ses", **THERE))
    # Also where it is no production: what somebody has protected stays so.
    done, given = deploy(stage)
    assert done.returncode == 0, done.stderr
    assert [overrides(each)["LoginMails"] for each in given] == ["ses", "ses"]
    assert {overrides(each)["Protection"] for each in given} == {"enabled"}


def change(name, action="Modify", replacement="True"):
    why = "<Details><member><Target><Attribute>Properties</Attribute><Name>KeySchema</Name></Target></member></Details>"
    inner = f"<Action>{action}</Action><LogicalResourceId>{name}</LogicalResourceId><PhysicalResourceId>it-1</PhysicalResourceId>"
    return f"<member><Type>Resource</Type><ResourceChange>{inner}<Replacement>{replacement}</Replacement>{why}</ResourceChange></member>"


@pytest.mark.parametrize("kept", KEPT)
@pytest.mark.parametrize(("how", "said"), [({}, "replaced"), ({"replacement": "Conditional"}, "perhaps replaced"), ({"action": "Remove"}, "removed")])
def test_a_change_that_would_lose_data_is_shown_and_refused(deploy, cloud, kept, how, said):
    change_set(cloud, change("Api") + change(kept, **how))
    done, given = deploy("trial")
    assert done.returncode == 1
    assert f"{kept} (it-1) would be {said}: KeySchema" in done.stderr and "Api" not in done.stderr
    assert ["--no-execute-changeset" in each for each in given] == [True]
    (deleted,) = asked(cloud, "DeleteChangeSet")
    assert "arn%3A1" in deleted


def test_a_change_that_replaces_nothing_that_is_kept_goes_on(deploy, names, cloud):
    names |= COMPLETE
    change_set(cloud, change("Api") + change("Table", replacement="False"))
    done, given = deploy("trial")
    assert (done.returncode, len(given)) == (0, 2), done.stderr


def change_set(cloud, changes):
    made = "<member><ChangeSetId>arn:1</ChangeSetId><ExecutionStatus>AVAILABLE</ExecutionStatus><CreationTime>2026-11-30T08:00:00Z</CreationTime></member>"
    others = "<member><ChangeSetId>arn:other</ChangeSetId><ExecutionStatus>AVAILABLE</ExecutionStatus></member>"
    cloud["ListChangeSets"] = [(200, xml("ListChangeSets", f"<Summaries>{others}{each}</Summaries>")) for each in ("", made)]
    cloud["DescribeChangeSet"] = (200, xml("DescribeChangeSet", f"<Changes>{changes}</Changes>"))
    cloud["DeleteChangeSet"] = (200, xml("DeleteChangeSet", ""))


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
    assert "in its sandbox" in done.stdout and "make access" in done.stdout
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


def test_nobody_who_listens_to_the_alarms_is_told(deploy, names, cloud):
    names |= COMPLETE
    cloud["ListSubscriptionsByTopic"] = (
        200, xml("ListSubscriptionsByTopic", "<Subscriptions><member><SubscriptionArn>PendingConfirmation</SubscriptionArn></member></Subscriptions>"),
    )  # fmt: skip
    done, _ = deploy("live")
    assert "alarms tell nobody: confirm the mail to AlarmAddress" in done.stdout


def test_the_record_of_the_page_s_own_domain_is_spelled_out(deploy, names, cloud):
    names |= COMPLETE
    parameters = THERE | {"PortalUrl": "https://compte.trial.fr"}
    cloud["stack"] = (200, stack_xml(outputs=OUTPUTS | {"DomainTarget": "d-1.execute-api.eu-west-3.amazonaws.com"}, **parameters))
    done, _ = deploy("trial")
    assert "CNAME compte.trial.fr  d-1.execute-api.eu-west-3.amazonaws.com" in done.stdout
    names[("compte.trial.fr", "CNAME")] = ["d-1.execute-api.eu-west-3.amazonaws.com."]
    done, _ = deploy("trial")
    assert "compte.trial.fr" not in done.stdout
