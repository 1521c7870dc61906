"""The SAM template as data: loaded, expanded as CloudFormation will see it, and its conditions worked out."""

import copy
import re
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

INFRA = Path(__file__).resolve().parent.parent
ROOT = INFRA.parent


def load(restored=False):
    """The template of a stack with its own table, or of one with a restored table."""
    return _chosen(yaml_parse((INFRA / "template.yaml").read_text(encoding="utf-8")), restored)


def _chosen(node, restored):
    if isinstance(node, list):
        return [_chosen(each, restored) for each in node]
    if not isinstance(node, dict):
        return node
    if "Fn::If" in node and node["Fn::If"][0] == "TakesRestored":
        return _chosen(node["Fn::If"][1 if restored else 2], restored)
    return {key: _chosen(inner, restored) for key, inner in node.items()}


class _NoManagedPolicies:
    """SAM asks for AWS's managed policies by name; a role that needs one is refused by the tests."""

    def load(self):
        return {}


def expand(template):
    """The template after the SAM transform: what is really deployed."""
    template = copy.deepcopy(template)
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://bucket/key"
    return transform(template, {"Stage": "production"}, _NoManagedPolicies())


def of_type(template, *types):
    """Logical id → properties."""
    found = {name: r.get("Properties", {}) for name, r in template["Resources"].items() if r["Type"] in types}
    assert found, f"no {types} in the template"
    return found


def mentioned(value):
    """Logical ids that a value refers to."""
    if isinstance(value, dict):
        names = set()
        for key, inner in value.items():
            if key == "Ref":
                names.add(inner)
            elif key == "Fn::GetAtt":
                names.add(inner.split(".")[0] if isinstance(inner, str) else inner[0])
            elif key == "Fn::Sub":
                text = inner if isinstance(inner, str) else inner[0]
                names |= {name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text)}
                names |= mentioned(inner[1]) if isinstance(inner, list) else set()
            else:
                names |= mentioned(inner)
        return names
    if isinstance(value, list):
        return set().union(*map(mentioned, value)) if value else set()
    return set()


def attribute(value):
    """The (logical id, attribute) that a value reads, or None."""
    inner = value.get("Fn::GetAtt") if isinstance(value, dict) and len(value) == 1 else None
    if isinstance(inner, str):
        inner = inner.split(".", 1)
    return tuple(inner) if inner else None


def strings(value):
    """Every text within a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def as_list(value):
    return value if isinstance(value, list) else [value]


NO_VALUE = object()


def evaluate(template, value, **given):
    """A value with parameters and conditions put in; what depends on resources stays as it is."""
    parameters = {name: p.get("Default") for name, p in template["Parameters"].items()} | given

    def condition(node):
        (name, inner), = node.items()
        if name == "Condition":
            return condition(template["Conditions"][inner])
        if name == "Fn::Equals":
            return str(walk(inner[0])) == str(walk(inner[1]))
        if name == "Fn::Not":
            return not condition(inner[0])
        combine = {"Fn::And": all, "Fn::Or": any}[name]
        return combine(condition(each) for each in inner)

    def walk(node):
        if isinstance(node, list):
            return [each for each in map(walk, node) if each is not NO_VALUE]
        if not isinstance(node, dict):
            return node
        if set(node) == {"Ref"}:
            return NO_VALUE if node["Ref"] == "AWS::NoValue" else parameters.get(node["Ref"], node)
        if set(node) == {"Fn::If"}:
            name, yes, no = node["Fn::If"]
            return walk(yes if condition(template["Conditions"][name]) else no)
        return {key: walked for key, inner in node.items() if (walked := walk(inner)) is not NO_VALUE}

    return walk(value)
