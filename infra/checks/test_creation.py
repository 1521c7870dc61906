"""Creation of the stack: what is made at one time stays below what AWS's control planes take."""

from collections import Counter, defaultdict

import pytest
from template import as_list, mentioned

# A kind of resources → how many of it may begin at once. API Gateway takes 10 calls a second over all APIs of an account.
AT_ONCE = {"AWS::ApiGatewayV2": 10}
OF_ANY_KIND = 20
OF_ALL = 50
RESOURCES = 500


@pytest.fixture(scope="module")
def levels(expanded):
    """Level of the dependency graph → names of what is created there, every condition true."""
    resources = expanded["Resources"]
    depth: dict[str, int] = {}

    def level(name: str) -> int:
        if name not in depth:
            resource = resources[name]
            before = mentioned(resource.get("Properties", {})) | set(as_list(resource.get("DependsOn", [])))
            depth[name] = 1 + max((level(each) for each in before if each in resources), default=-1)
        return depth[name]

    found = defaultdict(list)
    for name in resources:
        found[level(name)].append(name)
    return found


def test_no_level_holds_more_than_control_planes_take(expanded, levels):
    for level, names in levels.items():
        types = Counter(expanded["Resources"][name]["Type"] for name in names)
        assert len(names) <= OF_ALL, (level, types)
        assert max(types.values()) <= OF_ANY_KIND, (level, types)
        for service, most in AT_ONCE.items():
            assert sum(count for kind, count in types.items() if kind.startswith(f"{service}::")) <= most, (level, types)


def test_a_level_of_all_routes_is_seen(expanded, levels):
    chained = [name for names in levels.values() for name in names if expanded["Resources"][name]["Type"] == "AWS::ApiGatewayV2::Route"]
    waiting = [name for name in chained if "DependsOn" in expanded["Resources"][name]]
    assert len(chained) - len(waiting) <= AT_ONCE["AWS::ApiGatewayV2"]


def test_the_stage_comes_after_every_route(expanded, levels):
    level = {name: at for at, names in levels.items() for name in names}
    routes = [at for name, at in level.items() if expanded["Resources"][name]["Type"] == "AWS::ApiGatewayV2::Route"]
    assert level["ApiStage"] > max(routes)


def test_there_is_room_for_more_resources(expanded):
    # CloudFormation's own limit.
    assert len(expanded["Resources"]) < RESOURCES * 0.8
