"""The roles of the template as AWS will have them: every reference is the name or the ARN of what it refers to."""

import re

from template import evaluate, of_type

STACK = "vigie"
REGION = "eu-west-3"
ACCOUNT = "123456789012"
# Names in the tests of the bundle, so that recorded calls can be compared.
TABLE = "vigie"
BUS = "vigie"
SENDER = "ne-pas-repondre@vigie.test"
PARAMETERS = {"Stage": "production", "MailDomain": "vigie.test", "MailFrom": SENDER}

_PSEUDO = {
    "AWS::Partition": "aws",
    "AWS::Region": REGION,
    "AWS::AccountId": ACCOUNT,
    "AWS::StackName": STACK,
    "AWS::URLSuffix": "amazonaws.com",
}
_NAMES = {
    "AWS::SQS::Queue": "QueueName",
    "AWS::Logs::LogGroup": "LogGroupName",
    "AWS::Serverless::Function": "FunctionName",
    "AWS::SES::ConfigurationSet": "Name",
    "AWS::SNS::Topic": "TopicName",
}
_ARNS = {
    ("AWS::DynamoDB::Table", "Arn"): "dynamodb:{region}:{account}:table/{name}",
    ("AWS::DynamoDB::Table", "StreamArn"): "dynamodb:{region}:{account}:table/{name}/stream/2026-11-24T00:00:00.000",
    ("AWS::Events::EventBus", "Arn"): "events:{region}:{account}:event-bus/{name}",
    ("AWS::SQS::Queue", "Arn"): "sqs:{region}:{account}:{name}",
    ("AWS::SQS::Queue", "QueueName"): None,
    ("AWS::Logs::LogGroup", "Arn"): "logs:{region}:{account}:log-group:{name}:*",
    ("AWS::Serverless::Function", "Arn"): "lambda:{region}:{account}:function:{name}",
    ("AWS::SNS::Topic", "TopicArn"): "sns:{region}:{account}:{name}",
}


def arn(service_and_path: str) -> str:
    return f"arn:aws:{service_and_path}"


# `Ref` of a secret is its ARN.
SECRET = arn(f"secretsmanager:{REGION}:{ACCOUNT}:secret:TokenKeys-abcdef")


class Deployed:
    """The template under fixed parameters."""

    def __init__(self, template):
        self.template = template
        self.resources = template["Resources"]

    def policies(self) -> dict[str, dict]:
        """Function → its role's policies, as one document."""
        documents = {}
        for name, role in of_type(self.template, "AWS::IAM::Role").items():
            parts = [self.resolve(policy["PolicyDocument"]) for policy in role["Policies"]]
            statements = [statement for part in parts for statement in part["Statement"]]
            # Names of statements are unique within a policy, and here they are put together.
            without_names = [{key: value for key, value in each.items() if key != "Sid"} for each in statements]
            documents[name.removesuffix("Role").lower()] = {"Version": "2012-10-17", "Statement": without_names}
        return documents

    def resolve(self, value):
        """The value with parameters, conditions and references put in."""
        return self._walk(evaluate(self.template, value, **PARAMETERS))

    def attribute(self, name: str, attribute: str) -> str:
        kind = self.resources[name]["Type"]
        if (kind, attribute) not in _ARNS:
            raise KeyError(f"infra/policies/roles.py does not know {attribute} of a {kind} ({name})")
        form = _ARNS[kind, attribute]
        return arn(form.format(region=REGION, account=ACCOUNT, name=self.name(name))) if form else self.name(name)

    def name(self, name: str) -> str:
        """The physical name, which `Ref` gives."""
        if name in _PSEUDO:
            return _PSEUDO[name]
        if name in self.template["Parameters"]:
            return str(self.resolve({"Ref": name}))
        resource = self.resources[name]
        fixed = {"AWS::DynamoDB::Table": TABLE, "AWS::Events::EventBus": BUS, "AWS::SecretsManager::Secret": SECRET}.get(resource["Type"])
        given = resource.get("Properties", {}).get(_NAMES.get(resource["Type"], ""))
        return fixed or (self.resolve(given) if given else f"{STACK}-{name}")

    def _walk(self, node):
        if isinstance(node, list):
            return [self._walk(each) for each in node]
        if not isinstance(node, dict):
            return node
        if set(node) == {"Ref"}:
            return self.name(node["Ref"])
        if set(node) == {"Fn::GetAtt"}:
            inner = node["Fn::GetAtt"]
            return self.attribute(*(inner.split(".", 1) if isinstance(inner, str) else inner))
        if set(node) == {"Fn::Sub"}:
            return self._substitute(node["Fn::Sub"])
        return {key: self._walk(inner) for key, inner in node.items()}

    def _substitute(self, inner):
        text, given = (inner, {}) if isinstance(inner, str) else inner

        def value(found):
            name = found[1]
            if name in given:
                return str(self._walk(given[name]))
            return self.attribute(*name.split(".", 1)) if "." in name else self.name(name)

        return re.sub(r"\$\{([^!}]+)\}", value, text)
