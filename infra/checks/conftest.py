import os

import pytest

import template as source

# The SAM transform asks for a region, and for nothing else of AWS.
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-3")


@pytest.fixture(scope="session")
def template():
    return source.load()


@pytest.fixture(scope="session")
def expanded(template):
    return source.expand(template)


@pytest.fixture(scope="session")
def functions(template):
    """Logical id → properties of the ten functions, with the globals filled in."""
    shared = template["Globals"]["Function"]
    return {name: shared | own for name, own in source.of_type(template, "AWS::Serverless::Function").items()}


@pytest.fixture(scope="session")
def statements(template):
    """Function → the statements of its policies."""
    roles = source.of_type(template, "AWS::IAM::Role")
    return {
        name.removesuffix("Role"): [s for policy in role["Policies"] for s in policy["PolicyDocument"]["Statement"]]
        for name, role in roles.items()
    }
