"""`make access`, with AWS played: what SES is told, and that it is not asked twice."""

import json

import access
import pytest
from conftest import stack_xml
from test_deploy import CONFIG

ACCOUNT = "GET /v2/email/account"
ASK = "POST /v2/email/account/details"


@pytest.fixture
def ask(cloud, tmp_path):
    cloud["DescribeStacks"] = (200, stack_xml(outputs={"PortalUrl": "https://compte.trial.fr"}))
    cloud[ASK] = (200, {})
    config = tmp_path / "samconfig.toml"
    config.write_text(CONFIG)
    return lambda: access.ask(config, "live")


def sandbox(**details):
    return 200, {"ProductionAccessEnabled": False, "SendQuota": {"MaxSendRate": 1, "Max24HourSend": 200}, **details}


def test_ses_is_asked_with_the_page_s_address_and_what_is_mailed(ask, cloud):
    cloud[ACCOUNT] = sandbox()
    assert "SES was asked" in ask()
    (told,) = [json.loads(body) for action, body in cloud["asked"] if action == ASK]
    assert (told["MailType"], told["WebsiteURL"], told["ProductionAccessEnabled"]) == ("TRANSACTIONAL", "https://compte.trial.fr", True)
    assert told["AdditionalContactEmailAddresses"] == ["a@trial.fr"]
    # SES's own limit.
    assert "bounced" in told["UseCaseDescription"] and len(told["UseCaseDescription"]) <= 5000


@pytest.mark.parametrize(
    ("account", "said"),
    [
        ((200, {"ProductionAccessEnabled": True, "SendQuota": {"MaxSendRate": 14, "Max24HourSend": 50_000}}), "14 mails a second, 50000 a day"),
        (sandbox(Details={"ReviewDetails": {"Status": "PENDING", "CaseId": "7"}}), "asked for already"),
    ],
)
def test_it_is_not_asked_twice(ask, cloud, account, said):
    cloud[ACCOUNT] = account
    assert said in ask()
    assert not [action for action, _ in cloud["asked"] if action == ASK]
