"""Each function may do its job and nothing else."""

import re

import pytest
from template import ROOT, as_list, attribute, mentioned, of_type, strings

READ = {"dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query"}
STREAM = {"dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator"}
# AWS authorises it on no resource, so that a grant on the stream would deny it.
FIND_STREAM = {"Effect": "Allow", "Action": "dynamodb:ListStreams", "Resource": "*"}
# So is this one; it tells of the account and of no mail.
READ_MAIL_QUOTA = {"Effect": "Allow", "Action": "ses:GetAccount", "Resource": "*"}
WITHOUT_RESOURCE = {"PublisherRole": FIND_STREAM, "SchedulerRole": READ_MAIL_QUOTA}
# An inline template has no name to grant.
NAMELESS_TEMPLATE = ":${AWS::AccountId}:template/*"
BATCH, CHECK, DELETE, PUT, UPDATE = (f"dynamodb:{name}Item" for name in ("BatchWrite", "ConditionCheck", "Delete", "Put", "Update"))

# Function → what it reads, what it writes, and how.
JOBS = {
    "Accounts": ("ACCOUNT AGENT CONSULTATION EMAIL ENTITY LOGIN", "ACCOUNT AGENT EMAIL ENTITY LOGIN OPEN", {CHECK, DELETE, PUT, UPDATE}),
    "Preferences": ("ACCOUNT CONSULTATION ENTITY LOGIN", "ACCOUNT ENTITY OPEN", {DELETE, PUT, UPDATE}),
    "Favourites": ("ACCOUNT CONSULTATION ENTITY LOGIN", "CONSULTATION", {UPDATE}),
    "Entities": ("ACCOUNT CONSULTATION EMAIL ENTITY LOGIN", "ACCOUNT EMAIL ENTITY OPEN", {CHECK, DELETE, PUT, UPDATE}),
    "Intake": ("CONSULTATION ENTITY", "", set()),
    "Portal": ("", "", set()),
    "Provisioning": ("ACCOUNT AGENT EMAIL ENTITY", "ACCOUNT EMAIL ENTITY OPEN", {CHECK, DELETE, PUT, UPDATE}),
    "Directory": ("ACCOUNT AGENT AWAITED CONSULTATION EMAIL ENTITY MAILED", "ACCOUNT AGENT EMAIL ENTITY OPEN", {CHECK, DELETE, PUT, UPDATE}),
    "Consultations": (
        "ACCOUNT AGENT CONSULTATION EMAIL ENTITY OPEN",
        "AWAITED CONSULTATION ENTITY OPEN",
        {CHECK, DELETE, PUT, UPDATE},
    ),
    "Scheduler": ("ACCOUNT AGENT CONSULTATION ENTITY OPEN", "ACCOUNT AGENT AWAITED CONSULTATION EMAIL ENTITY OPEN STATISTICS", {BATCH, CHECK, DELETE, PUT, UPDATE}),
    "Publisher": ("", "", set()),
    "Canary": ("ACCOUNT CONSULTATION EMAIL ENTITY", "ACCOUNT CONSULTATION EMAIL ENTITY", {BATCH, PUT}),
    "Feedback": ("ACCOUNT ENTITY MAILED", "ACCOUNT MAILED", {PUT, UPDATE}),
    "Alerts": ("CONSULTATION ENTITY", "", set()),
    "Mailer": ("ACCOUNT CONSULTATION EMAIL ENTITY LOGIN MAILED", "ACCOUNT MAILED OPEN", {DELETE, PUT, UPDATE}),
}
# The only other changes of a function: a star is removed from the mail itself.
# What a login has of an account that others act for goes where it is met, and a recovery that waited binds another one. Invitations of
# declared agents take turns, and what is handed over is starred. A dead address waits for administrators.
CHANGES = {
    "Preferences": ("CONSULTATION", {UPDATE}),
    "Favourites": ("ACCOUNT ENTITY", {PUT, UPDATE}),
    "Entities": ("LOGIN", {DELETE}),
    "Scheduler": ("LOGIN", {DELETE, PUT}),
    "Directory": ("CONSULTATION MAILED", {UPDATE}),
    "Feedback": ("ENTITY", {DELETE, PUT}),
}
# Ways of reading that a function has no use for; `infra/policies` finds them.
UNUSED = {"Feedback": {"dynamodb:Query"}, "Canary": {"dynamodb:BatchGetItem"}, "Intake": {"dynamodb:Query"}}
# The canary touches four kinds of items, and of these only its own.
OF_THE_CANARY = {
    "ACCOUNT": "ACCOUNT#vigie-canary",
    "CONSULTATION": "CONSULTATION#vigie-canary-*",
    "EMAIL": "EMAIL#svUD7jWviaS4NbtIU58m4q",
    "ENTITY": "ENTITY#vigie-canary",
}
# The others write to the table alone: what they store becomes an event through the stream, never by a second write. Scheduler tells the
# mailer of daily mails and keeps the entry until it has.
PUBLISHERS = {"Provisioning", "Directory", "Feedback", "Consultations", "Publisher", "Alerts", "Mailer", "Scheduler", "Canary", "Intake"}
# Functions that speak as the portal: their facts look like the portal's, or are.
AS_PORTAL = {"Canary", "Intake"}


def each(statements, service):
    for function, own in statements.items():
        for statement in own:
            actions = [a for a in as_list(statement["Action"]) if a.startswith(f"{service}:")]
            if actions and not any(known.items() <= statement.items() for known in WITHOUT_RESOURCE.values()):
                yield function, statement, actions


def test_every_function_has_a_role_of_its_own(functions, template):
    roles = {name: attribute(f["Role"]) for name, f in functions.items()}
    assert roles == {name: (f"{name}Role", "Arn") for name in functions}
    assert not any("Policies" in f for f in functions.values())
    for role in of_type(template, "AWS::IAM::Role").values():
        assert "ManagedPolicyArns" not in role
        principals = [s["Principal"] for s in role["AssumeRolePolicyDocument"]["Statement"]]
        assert principals == [{"Service": "lambda.amazonaws.com"}]


def test_the_sam_transform_adds_no_role_and_no_policy(template, expanded):
    kinds = ("AWS::IAM::Role", "AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")
    declared = {name for name, r in template["Resources"].items() if r["Type"] in kinds}
    deployed = {name for name, r in expanded["Resources"].items() if r["Type"] in kinds}
    assert deployed == declared


def policy_documents(template):
    for name, resource in template["Resources"].items():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Role":
            yield from ((name, policy["PolicyDocument"]) for policy in properties["Policies"])
        elif "PolicyDocument" in properties:
            yield name, properties["PolicyDocument"]


def test_no_wildcard_in_any_action_or_resource(template):
    documents = list(policy_documents(template))
    assert len(documents) == len(of_type(template, "AWS::IAM::Role", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy"))
    statements = [(name, s) for name, document in documents for s in document["Statement"]]
    without_resource = [(name, s) for name, s in statements if WITHOUT_RESOURCE.get(name, {"Sid": None}).items() <= s.items()]
    assert sorted(name for name, _ in without_resource) == sorted(WITHOUT_RESOURCE)
    for name, statement in (each for each in statements if each not in without_resource):
        assert statement["Effect"] == "Allow", name
        assert not {"NotAction", "NotResource", "NotPrincipal"} & set(statement), name
        for text in strings([statement["Action"], statement["Resource"], statement.get("Principal", "")]):
            assert not re.search(r"[*?]", text.removesuffix(NAMELESS_TEMPLATE)), (name, text)


def leading_keys(statement):
    (condition, keys), = statement["Condition"].items()
    assert condition == "ForAllValues:StringLike"
    assert set(keys) == {"dynamodb:LeadingKeys"}
    return keys["dynamodb:LeadingKeys"]


@pytest.mark.parametrize("function", JOBS)
def test_a_function_reads_and_writes_what_its_job_needs(statements, function):
    assert set(JOBS) == set(statements)
    reads, writes, how = JOBS[function]
    own = [(s, set(actions)) for owner, s, actions in each(statements, "dynamodb") if owner == function]
    of_table = [(s, actions) for s, actions in own if attribute(s["Resource"]) == ("Table", "Arn")]
    found = {frozenset(actions): set(leading_keys(s)) for s, actions in of_table}
    expected = {}
    all_of = {name: f"{name}#*" for name in f"{reads} {writes}".split()}
    keys = OF_THE_CANARY if function == "Canary" else all_of
    if reads:
        expected[frozenset(READ - UNUSED.get(function, set()))] = {keys[name] for name in reads.split()} | {"WARM"}
    if writes:
        expected[frozenset(how)] = {keys[name] for name in writes.split()}
    if function in CHANGES:
        changes, only = CHANGES[function]
        expected[frozenset(only)] = {f"{name}#*" for name in changes.split()}
    assert found == expected
    assert len(of_table) == len(found)


def test_only_the_publisher_reads_the_stream(statements):
    readers = {f: set(actions) for f, _, actions in each(statements, "dynamodb") if set(actions) & STREAM}
    assert readers == {"Publisher": STREAM}


def test_every_table_permission_names_the_table_its_stream_or_its_index(statements, template):
    indexes = {i["IndexName"] for i in of_type(template, "AWS::DynamoDB::Table")["Table"]["GlobalSecondaryIndexes"]}
    for function, statement, actions in each(statements, "dynamodb"):
        for resource in as_list(statement["Resource"]):
            if set(actions) <= STREAM:
                assert attribute(resource) == ("Table", "StreamArn"), function
            elif attribute(resource) != ("Table", "Arn"):
                index = re.fullmatch(r"\$\{Table\.Arn\}/index/(\w+)", resource["Fn::Sub"])
                assert index and index[1] in indexes, function
                assert actions == ["dynamodb:Query"], function


def test_lists_by_the_index_are_an_account_s_own_and_what_is_erased(statements):
    by_index = {f: leading_keys(s) for f, s, _ in each(statements, "dynamodb") if "index" in str(s["Resource"])}
    assert by_index == {
        "Accounts": ["DELIVERIES#*", "FAVOURITES#*", "UNSTARRED#*"],
        "Directory": ["FAVOURITES#*"],
        "Favourites": ["FAVOURITES#*", "NAMED#*"],
        "Mailer": ["DELIVERIES#*"],
        "Scheduler": ["FAVOURITES#*", "NAMED#*", "UNSTARRED#*"],
    }


def test_keys_are_spelled_as_in_the_store(statements):
    keys = ROOT / "shared/store/src/table/keys"
    text = "".join(path.read_text(encoding="utf-8") for path in [keys.with_suffix(".rs"), *keys.glob("*.rs")])
    allowed = {f"{prefix}*" for prefix in re.findall(r'"([A-Z]+#)', text)} | set(re.findall(r'Key::new\("([A-Z]+)"', text))
    allowed |= set(OF_THE_CANARY.values())
    for function, statement, actions in each(statements, "dynamodb"):
        if not set(actions) <= STREAM:
            assert set(leading_keys(statement)) <= allowed, function


def test_the_canary_s_keys_are_of_the_kinds_that_the_store_spells():
    store = (ROOT / "shared/store/src/table/keys.rs").read_text(encoding="utf-8")
    assert all(f'"{kind}#' in store for kind in OF_THE_CANARY)
    name = re.search(r'NAME: &str = "([^"]+)"', (ROOT / "shared/domain/src/canary.rs").read_text(encoding="utf-8"))[1]
    named = [key for kind, key in OF_THE_CANARY.items() if kind != "EMAIL"]
    assert all(key.removesuffix("-*").endswith(f"#{name}") for key in named)


def test_events_go_to_the_bus_as_vigie_only_and_those_of_canary_and_portals_as_the_portal_s(statements):
    assert {f for f, _, _ in each(statements, "events")} == PUBLISHERS
    for function, statement, actions in each(statements, "events"):
        assert actions == ["events:PutEvents"], function
        assert attribute(statement["Resource"]) == ("Bus", "Arn"), function
        # ForAllValues alone is also true of a request without the key.
        assert statement["Condition"] == {
            "ForAllValues:StringEquals": {"events:source": "procurement" if function in AS_PORTAL else "vigie"},
            "Null": {"events:source": "false"},
        }, function


def test_only_the_mailer_sends_and_only_from_our_address(statements):
    sending = list(each(statements, "ses"))
    assert {f for f, _, _ in sending} == {"Mailer"}
    # A bulk call is authorised twice, under its name and under that of the older API; only the older one knows the sender.
    single = ["identity/${MailDomain}", "configuration-set/${ConfigurationSet}"]
    from_us = {"StringEquals": {"ses:FromAddress": {"Ref": "MailFrom"}}}
    granted = {
        action: ([r["Fn::Sub"].split(":${AWS::AccountId}:")[1] for r in statement["Resource"]], statement.get("Condition"))
        for _, statement, actions in sending
        for action in actions
    }
    assert granted == {
        "ses:SendEmail": (single, from_us),
        "ses:SendBulkEmail": ([*single, "template/*"], None),
        "ses:SendBulkTemplatedEmail": ([*single, "template/*"], from_us),
    }


def test_only_who_makes_or_takes_tokens_reads_their_keys(statements):
    reading = list(each(statements, "secretsmanager"))
    assert {f for f, _, _ in reading} == {"Accounts", "Preferences", "Favourites", "Mailer"}
    for function, statement, actions in reading:
        assert (actions, statement["Resource"]) == (["secretsmanager:GetSecretValue"], {"Ref": "TokenKeys"}), function


def test_a_function_consumes_its_own_queue_and_writes_its_own_log(statements, functions):
    for function, statement, actions in each(statements, "sqs"):
        if actions == ["sqs:SendMessage"]:
            assert (function, attribute(statement["Resource"])) == ("Publisher", ("PublisherFailuresQueue", "Arn"))
        else:
            assert set(actions) == {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
            own = [f"{function}Queue"] + (["AccountMailsQueue"] if function == "Mailer" else [])
            assert [attribute(resource) for resource in as_list(statement["Resource"])] == [(name, "Arn") for name in own]
    for function, statement, actions in each(statements, "logs"):
        assert set(actions) == {"logs:CreateLogStream", "logs:PutLogEvents"}
        assert attribute(statement["Resource"]) == (f"{function}Log", "Arn")
        assert mentioned(functions[function]["LoggingConfig"]) == {f"{function}Log"}


def test_the_portal_may_do_nothing_but_log(statements):
    assert {a for s in statements["Portal"] for a in as_list(s["Action"])} == {"logs:CreateLogStream", "logs:PutLogEvents"}


def test_only_the_clock_and_this_api_may_invoke_functions(template):
    permissions = of_type(template, "AWS::Lambda::Permission")
    for name in ("Scheduler", "Canary"):
        clock = permissions.pop(f"{name}Permission")
        assert clock["FunctionName"] == {"Ref": name}
        assert (clock["Principal"], attribute(clock["SourceArn"])) == ("events.amazonaws.com", (f"{name}Rule", "Arn"))
    for name, permission in permissions.items():
        assert permission["Principal"] == "apigateway.amazonaws.com", name
        assert permission["SourceArn"]["Fn::Sub"].endswith(":${AWS::AccountId}:${Api}/*"), name
