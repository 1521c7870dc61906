"""Data, logs, mail and sign-in: what is kept, for how long, and what is switched on by stage."""

import json
import re
import sys

import pytest
from template import INFRA, ROOT, evaluate, load, mentioned, of_type

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

STAGES = ("local", "test", "staging", "production")
KEPT = ("Table", "TokenKeys", "UserPool")
TAGGED = {
    "AWS::ApiGatewayV2::Api", "AWS::ApiGatewayV2::DomainName", "AWS::KMS::Key", "AWS::SNS::Topic", "AWS::WAFv2::WebACL", "AWS::ApiGatewayV2::Stage", "AWS::CloudWatch::Alarm", "AWS::Cognito::UserPool",
    "AWS::DynamoDB::Table", "AWS::Events::EventBus", "AWS::Logs::LogGroup", "AWS::SES::ConfigurationSet",
    "AWS::SES::EmailIdentity", "AWS::SQS::Queue", "AWS::SecretsManager::Secret",
}


def only(template, kind):
    (properties,) = of_type(template, kind).values()
    return properties


def test_the_table_is_the_one_that_the_store_expects(template):
    table = only(template, "AWS::DynamoDB::Table")
    assert table["BillingMode"] == "PAY_PER_REQUEST"
    assert [k["AttributeName"] for k in table["KeySchema"]] == ["pk", "sk"]
    (index,) = table["GlobalSecondaryIndexes"]
    assert (index["IndexName"], [k["AttributeName"] for k in index["KeySchema"]]) == ("index1", ["i1pk", "i1sk"])
    assert index["Projection"] == {"ProjectionType": "ALL"}
    assert {(a["AttributeName"], a["AttributeType"]) for a in table["AttributeDefinitions"]} == {
        (name, "S") for name in ("pk", "sk", "i1pk", "i1sk")
    }
    assert table["TimeToLiveSpecification"] == {"AttributeName": "ttl", "Enabled": True}
    assert table["StreamSpecification"] == {"StreamViewType": "NEW_AND_OLD_IMAGES"}


def test_data_can_be_recovered_to_a_point_in_time_on_every_stage(template):
    specification = only(template, "AWS::DynamoDB::Table")["PointInTimeRecoverySpecification"]
    assert specification == {"PointInTimeRecoveryEnabled": True}


def test_data_is_protected_against_deletion_in_a_second_pass(template):
    table = only(template, "AWS::DynamoDB::Table")["DeletionProtectionEnabled"]
    pool = only(template, "AWS::Cognito::UserPool")["DeletionProtection"]
    # Protected at once, what a failed first deployment made could not be rolled back, on any stage.
    for stage in STAGES:
        assert (evaluate(template, table, Stage=stage), evaluate(template, pool, Stage=stage)) == (False, "INACTIVE")
        second = {"Stage": stage, "Protection": "enabled"}
        assert (evaluate(template, table, **second), evaluate(template, pool, **second)) == (True, "ACTIVE")


def test_what_outlives_the_stack_is_what_no_update_may_replace(template):
    kept = {name for name, resource in template["Resources"].items() if resource.get("UpdateReplacePolicy") == "Retain"}
    policy = json.loads((INFRA / "deployed" / "stack_policy.json").read_text(encoding="utf-8"))
    allowed, denied = policy["Statement"]
    assert (allowed["Effect"], allowed["Action"], allowed["Resource"]) == ("Allow", "Update:*", "*")
    assert (denied["Effect"], denied["Action"]) == ("Deny", ["Update:Replace", "Update:Delete"])
    assert set(denied["Resource"]) == {f"LogicalResourceId/{name}" for name in kept} and kept == set(KEPT)


@pytest.mark.parametrize("name", KEPT)
def test_what_cannot_be_made_again_outlives_the_stack(template, name):
    resource = template["Resources"][name]
    # Resources of a failed first deployment must go: their names would block the next one.
    assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_every_function_is_small_native_and_quiet(functions):
    assert len(functions) == 15
    for name, function in functions.items():
        assert function["Runtime"] == "provided.al2023", name
        assert function["Handler"] == "bootstrap", name
        assert function["Architectures"] == [{"Ref": "Architecture"}], name
        assert function["CodeUri"] == f"../target/lambda/{name.lower()}/", name
        assert 128 <= function["MemorySize"] <= 512, name


def test_the_environment_is_what_the_functions_read(template, functions):
    shared = template["Globals"]["Function"]["Environment"]["Variables"]
    stack = {"VIGIE_STAGE": {"Ref": "Stage"}, "VIGIE_STACK": {"Ref": "AWS::StackName"}}
    assert shared == stack | {"TABLE_NAME": {"Ref": "Table"}, "RUST_BACKTRACE": "0"}
    own = {name: set(f["Environment"]["Variables"]) - set(shared) for name, f in functions.items()}
    mail = {"MAIL_FROM", "UNSUBSCRIBE_MAILBOX", "CONFIGURATION_SET", "PORTAL_URL"}
    mail |= {"MAIL_RATE", "MAIL_WORKERS", "ACCOUNT_MAIL_WORKERS", "MAX_RECEIVES"}
    assert {name: variables for name, variables in own.items() if variables} == {
        "Accounts": {"TOKEN_KEYS", "JWT_AUDIENCE"},
        "Preferences": {"TOKEN_KEYS", "JWT_AUDIENCE"},
        "Favourites": {"TOKEN_KEYS", "JWT_AUDIENCE"},
        "Entities": {"JWT_AUDIENCE"},
        "Intake": {"BUS_NAME", "JWT_AUDIENCE", "HELD_CLIENTS"},
        "Portal": {"OIDC_AUTHORITY", "JWT_AUDIENCE", "OIDC_METADATA_URL", "OIDC_ORIGINS", "OIDC_PARAMETERS", "LOG_RETENTION_DAYS"},
        "Provisioning": {"BUS_NAME"},
        "Directory": {"BUS_NAME"},
        "Feedback": {"BUS_NAME"},
        "Consultations": {"BUS_NAME"},
        "Scheduler": {"BUS_NAME", "RETENTION_MONTHS"},
        "Canary": {"BUS_NAME", "CANARY"},
        "Publisher": {"BUS_NAME"},
        "Alerts": {"BUS_NAME"},
        "Mailer": {"BUS_NAME", "TOKEN_KEYS"} | mail,
    }


def test_with_a_restored_table_nothing_but_the_own_table_itself_speaks_of_it(template):
    restored = load(restored=True)
    restored["Resources"].pop("Table")
    speaking = [name for part in ("Resources", "Globals", "Outputs") for name, each in restored[part].items() if "Table" in mentioned(each)]
    assert speaking == []
    # Parts of one ARN, so that table, index and stream cannot be of different tables.
    arn, name = ({"Fn::Select": [at, {"Fn::Split": [by, {"Ref": "RestoredTable"}]}]} for at, by in ((0, "/stream/"), (1, "/")))
    assert restored["Globals"]["Function"]["Environment"]["Variables"]["TABLE_NAME"] == name
    granted = [s["Resource"] for role in of_type(restored, "AWS::IAM::Role").values() for p in role["Policies"] for s in p["PolicyDocument"]["Statement"]]
    of_table = [each for each in granted if "RestoredTable" in mentioned(each)]
    assert all(each in (arn, {"Fn::Sub": ["${Arn}/index/index1", {"Arn": arn}]}, {"Ref": "RestoredTable"}) for each in of_table)
    own = [s["Resource"] for role in of_type(template, "AWS::IAM::Role").values() for p in role["Policies"] for s in p["PolicyDocument"]["Statement"]]
    assert len(of_table) == len([each for each in own if "Table" in mentioned(each)])


def test_the_token_keys_are_made_by_the_stack_and_no_environment_holds_them(template, functions):
    made = only(template, "AWS::SecretsManager::Secret")["GenerateSecretString"]
    assert (json.loads(made["SecretStringTemplate"]), made["GenerateStringKey"]) == ({}, "1")
    assert made["PasswordLength"] >= 32
    readers = {name for name, f in functions.items() if "TOKEN_KEYS" in f["Environment"]["Variables"]}
    assert readers == {"Accounts", "Preferences", "Favourites", "Mailer"}
    assert all(functions[name]["Environment"]["Variables"]["TOKEN_KEYS"] == {"Ref": "TokenKeys"} for name in readers)
    # Whoever may read a configuration reads what such a reference became.
    assert "{{resolve:" not in json.dumps(template, default=str)


def test_every_function_and_the_api_have_a_log_of_limited_life(template, functions):
    logs = of_type(template, "AWS::Logs::LogGroup")
    assert set(logs) == {f"{name}Log" for name in functions} | {"ApiAccessLog"}
    for name, log in logs.items():
        assert log["RetentionInDays"] == {"Ref": "LogRetentionDays"}, name
    for name, function in functions.items():
        assert mentioned(function["LoggingConfig"]["LogGroup"]) == {f"{name}Log"}
        # JSON lines pass as they are, metrics in embedded format too. A level would drop those: they are INFO.
        assert set(function["LoggingConfig"]) == {"LogGroup", "LogFormat"}, name
        assert function["LoggingConfig"]["LogFormat"] == "JSON"


def test_everything_is_tagged(template):
    assert set(template["Globals"]["Function"]["Tags"]) == {"project", "stage"}
    for name, resource in template["Resources"].items():
        if resource["Type"] in TAGGED:
            properties = resource["Properties"]
            tags = properties.get("Tags", properties.get("UserPoolTags"))
            keys = set(tags) if isinstance(tags, dict) else {tag["Key"] for tag in tags}
            assert keys - {"ms-custom-id"} == {"project", "stage"}, name


def test_agents_sign_up_themselves_by_their_address(template):
    pool = only(template, "AWS::Cognito::UserPool")
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": False}
    assert pool["UsernameAttributes"] == pool["AutoVerifiedAttributes"] == ["email"]


@pytest.mark.parametrize("stage", STAGES)
def test_sign_in_is_by_code_flow_and_by_password_only_on_the_local_stack(template, stage):
    client = of_type(template, "AWS::Cognito::UserPoolClient")["UserPoolClient"]
    assert client["GenerateSecret"] is False
    assert client["AllowedOAuthFlows"] == ["code"]
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    flows = set(evaluate(template, client["ExplicitAuthFlows"], Stage=stage)) - {"ALLOW_REFRESH_TOKEN_AUTH"}
    by_password = {"ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH"}
    assert flows == (by_password if stage == "local" else set())


def test_another_issuer_replaces_the_user_pool(template):
    for name in ("UserPool", "UserPoolClient", "UserPoolDomain", "EventsScope"):
        assert template["Resources"][name]["Condition"] == "OwnsIssuer"
    owns = {"Fn::If": ["OwnsIssuer", True, False]}
    assert evaluate(template, owns) is True
    assert evaluate(template, owns, JwtIssuer="https://issuer.example") is False


def test_mails_are_signed_and_their_fate_comes_back_as_events(template):
    assert only(template, "AWS::SES::EmailIdentity")["DkimAttributes"] == {"SigningEnabled": True}
    # Empty is not absent: absent, the account's suppression list would hold back the mail that lifts a bounce.
    assert only(template, "AWS::SES::ConfigurationSet")["SuppressionOptions"] == {"SuppressedReasons": []}
    destination = only(template, "AWS::SES::ConfigurationSetEventDestination")["EventDestination"]
    assert destination["Enabled"] is True
    assert set(destination["MatchingEventTypes"]) == {"send", "bounce", "complaint", "delivery", "deliveryDelay", "reject", "renderingFailure"}
    assert destination["EventBridgeDestination"]["EventBusArn"]["Fn::Sub"].endswith(":event-bus/default")


def test_links_lead_to_the_portal_or_else_to_the_api(template, functions):
    url = functions["Mailer"]["Environment"]["Variables"]["PORTAL_URL"]
    assert evaluate(template, url, PortalUrl="https://vigie.example") == "https://vigie.example"
    assert mentioned(evaluate(template, url)) & set(template["Resources"]) == {"Api"}


def test_a_login_of_managed_login_is_asked_for_in_french(template):
    assert only(template, "AWS::Cognito::UserPoolDomain")["ManagedLoginVersion"] == 2
    assert only(template, "AWS::Cognito::UserPool")["UserPoolTier"] == "ESSENTIALS"
    style = only(template, "AWS::Cognito::ManagedLoginBranding")
    assert style == {"UserPoolId": {"Ref": "UserPool"}, "ClientId": {"Ref": "UserPoolClient"}, "UseCognitoProvidedValues": True}
    owns = {"Fn::If": [template["Resources"]["SignInBranding"]["Condition"], True, False]}
    assert [evaluate(template, owns, Stage=stage) for stage in STAGES] == [False, True, True, True]
    assert evaluate(template, owns, Stage="production", JwtIssuer="https://issuer.example") is False
    # Managed login speaks the language that `lang` names; `ui_locales` is the standard's name, which other issuers know.
    pages = [file.read_text(encoding="utf-8") for file in (ROOT / "functions/portal/web/dist").glob("*.js")]
    assert [page for page in pages if 'ui_locales:"fr"' in page]
    assert asks(template, {}) == "lang=fr"


def asks(template, given) -> str:
    """The parameters with which the page asks for a sign-in."""
    variables = of_type(template, "AWS::Serverless::Function")["Portal"]["Environment"]["Variables"]
    return evaluate(template, variables["OIDC_PARAMETERS"], **given)


def test_another_issuer_is_asked_with_the_parameters_of_the_operator_and_with_no_name_that_is_cognito_s(template):
    outside = {"JwtIssuer": "https://issuer.example", "JwtAudience": "vigie"}
    wanted = "acr_values=eidas1&prompt=login&scope=openid email siret"
    assert asks(template, outside | {"SignInParameters": wanted}) == wanted
    assert asks(template, outside) == ""
    pattern = re.compile(template["Parameters"]["SignInParameters"]["AllowedPattern"])
    assert all(pattern.search(right) for right in ("", wanted, "acr_values=https://proconnect.gouv.fr/assurance/self-asserted"))
    # What the protocol itself needs is the page's.
    wrong = ("client_id=x", "scope=", "prompt", "acr_values=a&redirect_uri=https://evil.example", "scope=openid&state=a", 'scope="x', "scope=a%20b")
    assert not any(pattern.search(each) for each in wrong)


def test_codes_are_mailed_in_french(template):
    message = only(template, "AWS::Cognito::UserPool")["VerificationMessageTemplate"]
    assert message["DefaultEmailOption"] == "CONFIRM_WITH_CODE"
    assert message["EmailSubject"] == "Votre code de vérification"
    assert "{####}" in message["EmailMessage"]
    # Cognito's limits.
    assert len(message["EmailSubject"]) <= 140
    assert len(message["EmailMessage"]) <= 20000


def test_spf_is_aligned_with_the_sender(template):
    attributes = only(template, "AWS::SES::EmailIdentity")["MailFromAttributes"]
    assert attributes["MailFromDomain"] == {"Fn::Sub": "${MailFromSubdomain}.${MailDomain}"}
    # Mails go while the records are not there yet.
    assert attributes["BehaviorOnMxFailure"] == "USE_DEFAULT_VALUE"
    records = [template["Outputs"][name]["Value"]["Fn::Sub"] for name in ("MailFromMxRecord", "MailFromSpfRecord")]
    assert records == [
        "${MailFromSubdomain}.${MailDomain} 10 feedback-smtp.${AWS::Region}.amazonses.com",
        "${MailFromSubdomain}.${MailDomain} v=spf1 include:amazonses.com ~all",
    ]


@pytest.mark.parametrize("parameter", ["AlarmAddress", "CertificateArn", "UnsubscribeMailbox", "PortalAccountId", "MailFromSubdomain"])
def test_parameters_take_what_they_mean(template, parameter):
    good, bad = {
        "AlarmAddress": (("", "astreinte@colmar.example.fr"), ("a@b", "a b@c.fr", "a@b.fr,c@d.fr")),
        "CertificateArn": (("", "arn:aws:acm:eu-west-3:123456789012:certificate/1"), ("1", "arn:aws:iam::123456789012:server-certificate/a")),
        "UnsubscribeMailbox": (("", "desabonnement@colmar.example.fr"), ("a@b", "a b@c.fr", "a@b.fr?subject=x", "a@b.fr>", "mailto:a@b.fr")),
        "PortalAccountId": (("", "123456789012"), ("12345678901", "1234567890123", "*", "arn:aws:iam::1:root")),
        "MailFromSubdomain": (("bounce", "retour-1"), ("", "-a", "a.b", "A")),
    }[parameter]
    allowed = re.compile(template["Parameters"][parameter]["AllowedPattern"])
    assert all(allowed.fullmatch(value) for value in good)
    assert not any(allowed.fullmatch(value) for value in bad)


def test_a_portal_of_another_account_may_say_what_a_portal_says(template):
    (name,) = [n for n, r in template["Resources"].items() if r["Type"] == "AWS::Events::EventBusPolicy"]
    resource = template["Resources"][name]
    exists = {"Fn::If": [resource["Condition"], True, False]}
    assert (evaluate(template, exists), evaluate(template, exists, PortalAccountId="123456789012")) == (False, True)
    properties = resource["Properties"]
    assert properties["EventBusName"] == {"Ref": "Bus"}
    assert properties["Statement"] == {
        "Effect": "Allow",
        "Principal": {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${PortalAccountId}:root"}},
        "Action": "events:PutEvents",
        "Resource": {"Fn::GetAtt": ["Bus", "Arn"]},
        # ForAllValues alone is also true of a request without the key.
        "Condition": {"ForAllValues:StringEquals": {"events:source": "procurement"}, "Null": {"events:source": "false"}},
    }


CONFIGURED = tomllib.loads((INFRA / "samconfig.toml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("stage", sorted(set(CONFIGURED) - {"version"}))
def test_configured_parameters_are_ones_of_the_template(template, stage):
    given = dict(each.split("=", 1) for each in CONFIGURED[stage]["deploy"]["parameters"]["parameter_overrides"])
    for name, value in given.items():
        parameter = template["Parameters"][name]
        assert re.fullmatch(parameter.get("AllowedPattern", ".*"), value), name
        assert value in map(str, parameter.get("AllowedValues", [value])), name
    # What a pass sets is not for the configuration to say.
    assert not {"Protection", "LoginMails"} & set(given)
    assert CONFIGURED[stage]["capacity"]["parameters"]["agents"] > 0


def test_production_as_configured_is_seen_and_heard():
    given = dict(each.split("=", 1) for each in CONFIGURED["production"]["deploy"]["parameters"]["parameter_overrides"])
    assert given["Stage"] == "production" and given["SendCanary"] == "enabled"
    assert given["AlarmAddress"] and int(given["MonthlyBudget"]) > 0
    assert CONFIGURED["production"]["deploy"]["parameters"]["confirm_changeset"] is True
