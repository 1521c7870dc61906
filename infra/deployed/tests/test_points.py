"""Points that the local stack cannot show, on canned answers of AWS."""

import around
import mail_domain
import passes
import pytest
import use
from conftest import stack_xml, xml
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


THROUGH = {"Stage": "production", "Protection": "enabled", "LoginMails": "ses"}


@pytest.mark.parametrize(
    ("parameters", "policy", "said"),
    [
        ({}, True, None),
        ({"Protection": "disabled"}, True, "table and user pool are not protected"),
        ({"LoginMails": "cognito"}, True, "fifty a day"),
        ({"LoginMails": "cognito", "JwtIssuer": "https://issuer.trial.fr"}, True, None),
        ({}, False, "no stack policy"),
    ],
)
def test_production_fails_until_every_pass_is_through(cloud, parameters, policy, said):
    cloud["DescribeStacks"] = (200, stack_xml(**THROUGH | parameters))
    cloud["GetStackPolicy"] = (200, xml("GetStackPolicy", "<StackPolicyBody>{}</StackPolicyBody>" if policy else ""))
    verdict = passes.through(Target("vigie-trial", "eu-west-3"), None)
    assert verdict.state == ("FAIL" if said else "pass") and (said or "") in verdict.detail


def test_other_stages_need_no_second_pass(cloud):
    cloud["DescribeStacks"] = (200, stack_xml(Stage="staging"))
    assert passes.through(Target("vigie-trial", "eu-west-3"), None).state == "not reachable"


def test_the_page_s_paths_are_those_described_that_have_no_route(cloud, target):
    api = {"integrationId": "1", "integrationUri": "arn:aws:lambda:eu-west-3:1:function:vigie-trial-accounts"}
    cloud["DescribeStacks"] = (200, stack_xml(outputs={"ApiId": "a1"}))
    cloud["GET /v2/apis/a1/integrations"] = (200, {"items": [api]})
    led = {"routeKey": "GET /v1/me", "target": "integrations/1", "authorizationType": "JWT"}
    cloud["GET /v2/apis/a1/routes"] = (200, {"items": [led, {"routeKey": "$default", "target": "integrations/1"}]})
    found = {route.key: route for route in use._pages(Target("vigie-trial", "eu-west-3"))}
    assert "GET /coordonnees" in found and not found["GET /coordonnees"].closed
    # Where the default route leads elsewhere, it is not there.
    assert 404 not in found["GET /coordonnees"].answers and 200 in found["GET /coordonnees"].answers
    assert "GET /v1/me" not in found
    # A route that the API has lost is asked for too, and is not answered as one that wants a token.
    assert found["GET /v1/accounts/{id}"].closed
