"""A deployed stack, on AWS or the local one: its clients, outputs and resources."""

import json
import os
from functools import cached_property
from pathlib import Path

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ROOT = Path(__file__).resolve().parents[2]
LOCAL = "vigie-local"
STATE = Path(os.environ.get("STATE") or ROOT / ".local")


class Target:
    """The stack of a name. `local` (or none) is the local stack, every other one is on AWS, under the shell's credentials."""

    def __init__(self, stack: str, region: str | None = None):
        self.stack = LOCAL if stack in ("", "local") else stack
        self.local = self.stack == LOCAL
        self._clients: dict[str, object] = {}
        description = {}
        if self.local:
            file = STATE / "stack.json"
            if not file.exists():
                raise LookupError("the local stack is not up: `make up` first")
            description = json.loads(file.read_text())
        self._endpoint = description.get("awsEndpoint")
        self.region = description.get("region") or region or boto3.session.Session().region_name or "eu-west-3"
        self._api = description.get("apiUrl")

    def client(self, service: str):
        """A client of AWS, or of the emulator and nothing else."""
        if service not in self._clients:
            local = dict(endpoint_url=self._endpoint, aws_access_key_id="test", aws_secret_access_key="test") if self.local else {}
            config = Config(proxies={}) if self.local else Config(retries={"mode": "standard", "max_attempts": 5})
            self._clients[service] = boto3.client(service, region_name=self.region, config=config, **local)
        return self._clients[service]

    @cached_property
    def description(self) -> dict:
        """Returns CloudFormation's description of the stack; raises LookupError if there is none."""
        try:
            return self.client("cloudformation").describe_stacks(StackName=self.stack)["Stacks"][0]
        except ClientError as error:
            raise LookupError(f"no stack {self.stack} in {self.region}: {error}") from error

    @cached_property
    def outputs(self) -> dict[str, str]:
        return {each["OutputKey"]: each["OutputValue"] for each in self.description.get("Outputs", [])}

    @cached_property
    def parameters(self) -> dict[str, str]:
        return {each["ParameterKey"]: each.get("ParameterValue", "") for each in self.description.get("Parameters", [])}

    @cached_property
    def authorizer(self) -> dict:
        """Issuer and audiences whose tokens the API takes."""
        found = self.client("apigatewayv2").get_authorizers(ApiId=self.outputs["ApiId"])["Items"]
        return next(each["JwtConfiguration"] for each in found if "JwtConfiguration" in each)

    @cached_property
    def resources(self) -> dict[str, dict[str, str]]:
        """Type → logical id → physical id."""
        found: dict[str, dict[str, str]] = {}
        for page in self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.stack):
            for each in page["StackResourceSummaries"]:
                found.setdefault(each["ResourceType"], {})[each["LogicalResourceId"]] = each.get("PhysicalResourceId", "")
        return found

    @property
    def functions(self) -> list[str]:
        """Names of the functions, without the stack's."""
        names = (each.name for each in (ROOT / "functions").iterdir() if (each / "Cargo.toml").exists())
        return sorted(names)

    @property
    def api(self) -> str:
        return self._api or self.outputs["ApiUrl"]

    @property
    def table(self) -> str:
        return self.outputs["TableName"]

    def function(self, name: str) -> str:
        return f"{self.stack}-{name}"

    def variables(self, function: str) -> dict[str, str]:
        """The environment of a function."""
        configuration = self.client("lambda").get_function_configuration(FunctionName=self.function(function))
        return configuration.get("Environment", {}).get("Variables", {})

    def invoke(self, function: str, event: dict) -> dict:
        """Returns the function's answer, under its own role; raises RuntimeError if it crashes."""
        answer = self.client("lambda").invoke(FunctionName=self.function(function), Payload=json.dumps(event).encode())
        content = json.load(answer["Payload"])
        if answer.get("FunctionError"):
            raise RuntimeError(f"{function} crashed: {json.dumps(content)[:300]}")
        return content

    def put(self, *events: dict) -> None:
        """Puts events on the bus; raises RuntimeError when it refuses one."""
        entries = [
            {
                "EventBusName": self.outputs["BusName"],
                "Source": event["source"],
                "DetailType": event["detail-type"],
                "Detail": json.dumps(event["detail"], ensure_ascii=False),
            }
            for event in events
        ]
        for first in range(0, len(entries), 10):
            answer = self.client("events").put_events(Entries=entries[first : first + 10])
            if answer["FailedEntryCount"]:
                raise RuntimeError(f"the bus refused an event: {answer['Entries']}")
