"""Points that the local stack cannot show, on canned answers of AWS."""

import around
import mail_domain
import pytest
from conftest import stack_xml
from target import Target
from test_deploy import COMPLETE, IDENTITY

MAILER = "GET /2015-03-31/functions/vigie-trial-mailer/configuration"


@pytest.fixture
def target(cloud):
    cloud["DescribeStacks"] = (200, stack_xml(MailDomain="trial.fr"))
    cloud["GET /v2/email/account"] = (200, {"SendQuota": {"MaxSendRate": 14.0}})
    variables = {"MAIL_RATE": "14", "MAIL_FROM": "vigie@trial.fr", "CONFIGURATION_SET": "vigie-trial"}
    cloud[MAILER] = (200, {"Environment": {"Variables": variables}})
    return Target("vigie-trial", "eu-west-3")


def sent(*statuses):
    return 200, {"BulkEmailEntryResults": [{"Status": status} for status in statuses]}


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (sent(*["SUCCESS"] * 15), "pass"),
        (sent(*["SUCCESS"] * 14, "ACCOUNT_THROTTLED"), "pass"),
        ((429, {"__type": "TooManyRequestsException", "message": "rate"}), "pass"),
        (sent(*["SUCCESS"] * 14, "INVALID_PARAMETER"), "FAIL"),
        ((400, {"__type": "BadRequestException", "message": "too many"}), "FAIL"),
    ],
)
def test_one_above_the_rate_is_accepted_or_tried_again(cloud, target, answer, state):
    cloud["POST /v2/email/outbound-bulk-emails"] = answer
    assert around.above_the_rate(target, None).state == state
    body = next(body for action, body in cloud["asked"] if "outbound-bulk" in action)
    assert body.count("@simulator.amazonses.com") == 15


def test_a_rate_that_ses_did_not_grant_fails_and_sends_nothing(cloud, target):
    cloud["GET /v2/email/account"] = (200, {"SendQuota": {"MaxSendRate": 1.0}})
    verdict = around.above_the_rate(target, None)
    assert (verdict.state, verdict.todo) == ("FAIL", "deploy with MailRate=1")
    assert not [action for action, _ in cloud["asked"] if "outbound" in action]


@pytest.mark.parametrize(("reasons", "state"), [([], "pass"), (["BOUNCE"], "FAIL"), (None, "FAIL")])
def test_a_suppression_list_that_holds_back_fails(cloud, target, reasons, state):
    target.resources = {"AWS::SES::ConfigurationSet": {"ConfigurationSet": "vigie-trial"}}
    options = {} if reasons is None else {"SuppressionOptions": {"SuppressedReasons": reasons}}
    cloud["GET /v2/email/configuration-sets/vigie-trial"] = (200, options)
    assert around.suppression(target, None).state == state


@pytest.mark.parametrize(
    ("point", "missing"),
    [
        (mail_domain.dkim, ("aaa._domainkey.trial.fr", "CNAME")),
        (mail_domain.spf, ("bounces.trial.fr", "MX")),
        (mail_domain.spf, ("bounces.trial.fr", "TXT")),
        (mail_domain.dmarc, ("_dmarc.trial.fr", "TXT")),
    ],
)
def test_each_record_fails_alone_and_says_what_to_add(cloud, names, target, point, missing):
    cloud["GET /v2/email/identities/trial.fr"] = (200, IDENTITY)
    names |= {record: values for record, values in COMPLETE.items() if record != missing}
    verdict = point(target, None)
    assert verdict.state == "FAIL"
    assert verdict.todo.startswith("add ") and missing[0] in verdict.todo


def test_dkim_passes_once_ses_has_seen_it_too(cloud, names, target):
    names |= COMPLETE
    cloud["GET /v2/email/identities/trial.fr"] = (200, IDENTITY)
    assert "SES says PENDING" in mail_domain.dkim(target, None).detail
    verified = IDENTITY | {"DkimAttributes": IDENTITY["DkimAttributes"] | {"Status": "SUCCESS"}}
    cloud["GET /v2/email/identities/trial.fr"] = (200, verified)
    assert mail_domain.dkim(target, None).state == "pass"
    assert mail_domain.spf(target, None).state == "pass"


@pytest.mark.parametrize(("policy", "state"), [("v=DMARC1; p=reject", "pass"), ("v=DMARC1; p=sometimes", "FAIL")])
def test_dmarc_is_read_by_its_grammar(cloud, names, target, policy, state):
    names |= COMPLETE | {("_dmarc.trial.fr", "TXT"): [f'"{policy}"']}
    cloud["GET /v2/email/identities/trial.fr"] = (200, IDENTITY)
    assert mail_domain.dmarc(target, None).state == state
