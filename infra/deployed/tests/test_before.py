"""What is found before anything is deployed: each refusal and each note on canned answers of AWS, and what is fine on the same."""

from dataclasses import replace

import before
import pytest
from before import Plan
from conftest import member, stacks_xml, xml
from test_deploy import IDENTITY

PARAMETERS = {"Stage": "production", "MailDomain": "trial.fr", "MailFrom": "vigie@trial.fr", "AlarmAddress": "a@trial.fr", "MailRate": "14"}
ACCOUNT = "GET /v2/email/account"
DOMAIN = "GET /v2/email/identities/trial.fr"
UNKNOWN = (404, {"__type": "NotFoundException"})
CERTIFICATE = "arn:aws:acm:eu-west-3:123456789012:certificate/1"


@pytest.fixture
def plan(cloud):
    """A production that is all right, and the account that is to take it."""
    cloud["DescribeStacks"] = (200, stacks_xml())
    cloud[DOMAIN] = UNKNOWN
    cloud[ACCOUNT] = granted(14, 50_000)
    cloud["GET /2016-08-19/account-settings"] = (200, {"AccountLimit": {"ConcurrentExecutions": 1000}})
    return Plan("vigie-trial", "eu-west-3", "123456789012", PARAMETERS, 1000, None)


def granted(rate, a_day, access=True):
    return 200, {"ProductionAccessEnabled": access, "SendQuota": {"MaxSendRate": rate, "Max24HourSend": a_day}}


def found(plan, **parameters):
    """(refused, what and what to do) of each finding."""
    return [(each.refused, f"{each.what} → {each.todo}") for each in before.look(replace(plan, parameters=plan.parameters | parameters))]


def test_nothing_is_found_where_all_is_well(plan):
    assert found(plan) == []


def stack(status):
    return {"StackName": "vigie-trial", "StackStatus": status}


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("ROLLBACK_COMPLETE", "aws cloudformation delete-stack --stack-name vigie-trial"),
        ("ROLLBACK_FAILED", "aws cloudformation delete-stack --stack-name vigie-trial"),
        ("CREATE_FAILED", "aws cloudformation delete-stack --stack-name vigie-trial"),
        ("DELETE_FAILED", "aws cloudformation delete-stack --stack-name vigie-trial"),
        ("UPDATE_ROLLBACK_FAILED", "aws cloudformation continue-update-rollback --stack-name vigie-trial"),
        ("UPDATE_IN_PROGRESS", "wait until that is over"),
        ("ROLLBACK_IN_PROGRESS", "wait until that is over"),
    ],
)
def test_a_stack_that_nothing_can_change_is_refused_with_the_way_out(plan, cloud, status, said):
    cloud["DescribeStackEvents"] = (200, xml("DescribeStackEvents", f"<StackEvents>{EVENTS}</StackEvents>"))
    ((refused, what),) = found(replace(plan, description=stack(status)))
    assert refused and status in what and said in what
    if "FAILED" in status or status == "ROLLBACK_COMPLETE":
        # The oldest failure is the cause; the newer ones follow from it.
        assert "(Table: no such thing)" in what


def event(name, status, reason=""):
    inner = f"<LogicalResourceId>{name}</LogicalResourceId><ResourceStatus>{status}</ResourceStatus><ResourceStatusReason>{reason}</ResourceStatusReason>"
    return f"<member>{inner}<EventId>1</EventId><StackId>1</StackId><StackName>vigie-trial</StackName><Timestamp>2026-11-30T08:00:00Z</Timestamp></member>"


EVENTS = (
    event("vigie-trial", "ROLLBACK_COMPLETE")
    + event("Bus", "CREATE_FAILED", "Resource creation cancelled")
    + event("Table", "CREATE_FAILED", "no such thing")
    + event("vigie-trial", "CREATE_IN_PROGRESS")
    + event("Queue", "CREATE_FAILED", "of the time before")
)


@pytest.mark.parametrize("status", ["CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS"])
def test_a_stack_that_can_be_changed_is_fine(plan, status):
    assert found(replace(plan, description=stack(status))) == []


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"MailFrom": "vigie@elsewhere.fr"}, "is not within MailDomain"),
        ({"MailFrom": "vigie@nottrial.fr"}, "is not within MailDomain"),
        ({"MailFrom": "vigie@bounce.trial.fr"}, "where bounces go"),
        ({"PortalUrl": "http://compte.trial.fr"}, "PortalUrl is http://"),
        ({"JwtIssuer": "http://issuer.trial.fr", "JwtAudience": "vigie"}, "JwtIssuer is http://"),
        ({"AlarmAddress": ""}, "set AlarmAddress"),
        ({"CertificateArn": CERTIFICATE}, "PortalUrl is empty"),
        ({"CertificateArn": CERTIFICATE, "PortalUrl": "https://compte.trial.fr:8443"}, "no port"),
        ({"CertificateArn": CERTIFICATE.replace("west-3", "west-1"), "PortalUrl": "https://compte.trial.fr"}, "the certificate is in eu-west-1"),
        ({"MailIdentity": "existing"}, "MailIdentity=create"),
    ],
)
def test_a_configuration_that_would_fail_or_be_unsafe_is_refused(plan, parameters, said):
    ((refused, what),) = found(plan, **parameters)
    assert refused and said in what


@pytest.mark.parametrize("sender", ["vigie@trial.fr", "vigie@alertes.trial.fr"])
def test_a_sender_within_the_domain_is_fine(plan, sender):
    assert found(plan, MailFrom=sender) == []


@pytest.mark.parametrize(
    ("status", "names", "said"),
    [
        ("ISSUED", ["compte.trial.fr"], None),
        ("ISSUED", ["*.trial.fr"], None),
        ("PENDING_VALIDATION", ["compte.trial.fr"], "PENDING_VALIDATION"),
        ("ISSUED", ["trial.fr"], "ask for one for compte.trial.fr"),
    ],
)
def test_a_certificate_must_be_issued_for_the_host(plan, cloud, status, names, said):
    cloud["DescribeCertificate"] = (200, {"Certificate": {"Status": status, "SubjectAlternativeNames": names}})
    result = found(plan, CertificateArn=CERTIFICATE, PortalUrl="https://compte.trial.fr")
    assert [(True, said in what) for _, what in result] == ([] if said is None else [(True, True)])


def test_a_domain_that_ses_has_already_is_refused_unless_it_is_the_stack_s_own(plan, cloud):
    cloud[DOMAIN] = (200, IDENTITY)
    ((refused, what),) = found(plan)
    assert refused and "MailIdentity=existing" in what
    assert found(plan, MailIdentity="existing") == []
    cloud["DescribeStackResource"] = (200, xml("DescribeStackResource", "<StackResourceDetail></StackResourceDetail>"))
    assert found(replace(plan, description=stack("CREATE_COMPLETE"))) == []


def test_the_sandbox_is_a_note_since_a_stack_has_to_be_there_before_it_ends(plan, cloud):
    cloud[ACCOUNT] = granted(1, 200, access=False)
    ((refused, what),) = found(plan)
    assert not refused and "make access" in what


def test_two_stages_may_not_take_more_than_ses_grants_to_both(plan, cloud):
    other = member(name="vigie-staging", MailRate="5", MailDomain="staging.trial.fr", LoginMails="ses")
    cloud["DescribeStacks"] = (200, stacks_xml(other, member(name="another", MailRate="900"), member(MailRate="14", MailDomain="a", LoginMails="b")))
    ((refused, what),) = found(plan)
    assert refused and "vigie-staging 5" in what and "another" not in what
    assert found(plan, MailRate="9") == []


@pytest.mark.parametrize(("agents", "rate", "a_day", "said"), [
    (50_000, 19, 250_000, []), (50_000, 18, 250_000, ["ask for 19 a second"]), (50_000, 19, 249_999, ["50000 agents may want 250000"]),
    # No limit at all.
    (50_000, 19, -1, []),
])  # fmt: skip
def test_what_ses_grants_is_held_against_the_number_of_agents(plan, cloud, agents, rate, a_day, said):
    cloud[ACCOUNT] = granted(rate, a_day)
    result = found(replace(plan, agents=agents))
    assert [(refused, text in what) for (refused, what), text in zip(result, said, strict=True)] == [(False, True)] * len(said)


@pytest.mark.parametrize(("stage", "limit", "refusals"), [("production", 99, [True]), ("production", 100, []), ("staging", 10, [False])])
def test_a_fresh_account_s_concurrency_refuses_production_and_says_how_to_ask_for_more(plan, cloud, stage, limit, refusals):
    cloud["GET /2016-08-19/account-settings"] = (200, {"AccountLimit": {"ConcurrentExecutions": limit}})
    result = found(plan, Stage=stage, LambdaConcurrency=str(max(limit, 10)))
    assert [refused for refused, _ in result] == refusals
    assert all("request-service-quota-increase --service-code lambda" in what for _, what in result)


@pytest.mark.parametrize(("given", "limit", "todos"), [({}, 200, ["set LambdaConcurrency=200"]), ({}, 1000, []), ({"LambdaConcurrency": "200"}, 200, []), ({"LambdaConcurrency": "200"}, 1000, [])])
def test_an_alarm_on_concurrency_that_could_not_ring_is_found(plan, cloud, given, limit, todos):
    cloud["GET /2016-08-19/account-settings"] = (200, {"AccountLimit": {"ConcurrentExecutions": limit}})
    result = found(plan, Stage="production", **given)
    assert [what.rpartition(" → ")[2] for _, what in result] == todos
    assert all(refused for refused, _ in result)


def test_what_may_not_be_looked_at_is_said_and_refuses_nothing(plan, cloud):
    cloud["GET /2016-08-19/account-settings"] = (403, {"__type": "AccessDeniedException", "message": "no"})
    ((refused, what),) = found(plan)
    assert not refused and "concurrency could not be looked at" in what
