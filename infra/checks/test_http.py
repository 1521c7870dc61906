"""The HTTP surface: every route, who answers it, and that nothing but the public ones is open."""

import json
import re

from template import as_list, attribute, evaluate, of_type, strings

PUBLIC = {
    "POST /v1/confirmations": "Accounts",
    "POST /v1/recoveries/stop": "Accounts",
    "GET /v1/places": "Preferences",
    "GET /v1/unsubscribe/{token}": "Preferences",
    "POST /v1/unsubscribe/{token}": "Preferences",
    "GET /v1/deadlines/{token}": "Favourites",
    "$default": "Portal",
}
PROTECTED = {
    "GET /v1/me": "Accounts",
    "GET /v1/accounts/{id}": "Accounts",
    "PATCH /v1/accounts/{id}/contact": "Accounts",
    "DELETE /v1/accounts/{id}": "Accounts",
    "GET /v1/accounts/{id}/deliveries": "Accounts",
    "GET /v1/accounts/{id}/missed": "Accounts",
    "GET /v1/accounts/{id}/requests": "Preferences",
    "PUT /v1/accounts/{id}/requests": "Preferences",
    "GET /v1/accounts/{id}/administrators": "Accounts",
    "GET /v1/accounts/{id}/colleagues": "Accounts",
    "GET /v1/accounts/{id}/export": "Accounts",
    "POST /v1/accounts/{id}/alerts/test": "Accounts",
    "DELETE /v1/accounts/{id}/contact/pending-email": "Accounts",
    "POST /v1/accounts/{id}/contact/pending-email/resend": "Accounts",
    "POST /v1/invitations": "Accounts",
    "POST /v1/recoveries": "Accounts",
    "POST /v1/recoveries/confirm": "Accounts",
    "DELETE /v1/accounts/{id}/recovery": "Accounts",
    "GET /v1/accounts/{id}/links": "Accounts",
    "POST /v1/accounts/{id}/links": "Accounts",
    "DELETE /v1/accounts/{id}/links/{otherId}": "Accounts",
    "POST /v1/links": "Accounts",
    "GET /v1/accounts/{id}/absence": "Preferences",
    "PUT /v1/accounts/{id}/absence": "Preferences",
    "POST /v1/delegations": "Preferences",
    "GET /v1/accounts/{id}/alerts": "Preferences",
    "PUT /v1/accounts/{id}/alerts": "Preferences",
    "GET /v1/accounts/{id}/alerts/preview": "Preferences",
    "GET /v1/accounts/{id}/places": "Preferences",
    "PUT /v1/accounts/{id}/places": "Preferences",
    "GET /v1/accounts/{id}/favourites": "Favourites",
    "GET /v1/accounts/{id}/consultations": "Favourites",
    "GET /v1/accounts/{id}/consultations/{consultationId}": "Favourites",
    "PUT /v1/accounts/{id}/favourites/{consultationId}": "Favourites",
    "DELETE /v1/accounts/{id}/favourites/{consultationId}": "Favourites",
    "GET /v1/consultations/{id}/recipients": "Entities",
    "PUT /v1/entities/{id}": "Entities",
    "GET /v1/entities/{id}": "Entities",
    "GET /v1/entities/{id}/defaults": "Entities",
    "PUT /v1/entities/{id}/defaults": "Entities",
    "PUT /v1/entities/{id}/transverse/{otherId}": "Entities",
    "DELETE /v1/entities/{id}/transverse/{otherId}": "Entities",
    "GET /v1/entities/{id}/agents": "Entities",
    "POST /v1/entities/{id}/agents": "Entities",
    "PATCH /v1/entities/{id}/agents/{accountId}": "Entities",
    "DELETE /v1/entities/{id}/agents/{accountId}": "Entities",
    "POST /v1/entities/{id}/agents/{accountId}/invitation": "Entities",
    "GET /v1/entities/{id}/invitations": "Entities",
    "POST /v1/entities/{id}/invitations": "Entities",
    "GET /v1/entities/{id}/agents/{accountId}/handover": "Favourites",
    "POST /v1/entities/{id}/agents/{accountId}/handover": "Favourites",
    "POST /v1/entities/{id}/agents/{accountId}/recovery": "Entities",
    "DELETE /v1/entities/{id}/agents/{accountId}/recovery": "Entities",
    "POST /v1/entities/{id}/agents/import": "Entities",
    "POST /v1/entities/{id}/agents/import/reading": "Entities",
    "GET /v1/entities/{id}/audit": "Entities",
    "GET /v1/entities/{id}/tree": "Entities",
    "GET /v1/entities/{id}/todo": "Entities",
    "GET /v1/entities/{id}/undeliverable": "Entities",
    "GET /v1/entities/{id}/unfollowed": "Entities",
    "GET /v1/entities/{id}/consultations": "Entities",
}
# For programs of portals, whose tokens have this scope.
MACHINES = {"POST /v1/events": "Intake"}
SCOPE = "vigie/events"
# HEAD answers as GET does, for whom GET does.
for _open_to in (PUBLIC, PROTECTED):
    _open_to |= {f"HEAD {key[4:]}": function for key, function in _open_to.items() if key.startswith("GET ")}


def routes(template):
    return of_type(template, "AWS::ApiGatewayV2::Route").values()


def stage(template):
    return of_type(template, "AWS::ApiGatewayV2::Stage")["ApiStage"]


def test_the_routes_are_those_of_the_contract_each_with_its_function(template):
    integrations = of_type(template, "AWS::ApiGatewayV2::Integration")
    answered = {}
    for route in routes(template):
        integration = re.fullmatch(r"integrations/\$\{(\w+)\}", route["Target"]["Fn::Sub"])[1]
        assert route["RouteKey"] not in answered
        answered[route["RouteKey"]] = attribute(integrations[integration]["IntegrationUri"])[0]
    assert answered == PUBLIC | PROTECTED | MACHINES


def test_every_route_but_the_public_ones_wants_a_token(template):
    for route in routes(template):
        if route["RouteKey"] in PUBLIC:
            assert route["AuthorizationType"] == "NONE"
        else:
            assert route["AuthorizationType"] == "JWT", route["RouteKey"]
            assert route["AuthorizerId"] == {"Ref": "Authorizer"}, route["RouteKey"]


def test_the_routes_of_machines_and_no_others_want_their_scope(template):
    scoped = {route["RouteKey"]: route["AuthorizationScopes"] for route in routes(template) if "AuthorizationScopes" in route}
    assert scoped == {key: [SCOPE] for key in MACHINES}


def test_tokens_are_checked_for_issuer_and_audience(template):
    authorizer = of_type(template, "AWS::ApiGatewayV2::Authorizer")["Authorizer"]
    assert authorizer["AuthorizerType"] == "JWT"
    assert authorizer["IdentitySource"] == ["$request.header.Authorization"]
    own = evaluate(template, authorizer["JwtConfiguration"], Stage="production")
    assert own["Issuer"]["Fn::Sub"].endswith("/${UserPool}")
    assert audiences(own) == [{"Ref": "UserPoolClient"}]
    other = evaluate(template, authorizer["JwtConfiguration"], JwtIssuer="https://issuer.example", JwtAudience="vigie")
    assert (other["Issuer"], audiences(other)) == ("https://issuer.example", ["vigie"])


def audiences(configuration):
    """What is put together and split at commas, before it is: a parameter holds several."""
    comma, joined = configuration["Audience"]["Fn::Split"]
    assert (comma, joined["Fn::Join"][0]) == (",", ",")
    return joined["Fn::Join"][1]


def test_machines_have_audiences_of_their_own_where_there_are_machines(template):
    configuration = of_type(template, "AWS::ApiGatewayV2::Authorizer")["Authorizer"]["JwtConfiguration"]
    own, people = {"Ref": "PortalProgram"}, {"Ref": "UserPoolClient"}
    outside = {"JwtIssuer": "https://issuer.example", "JwtAudience": "vigie"}
    for given, wanted in (
        ({"MachineClient": "enabled"}, [people, own]),
        ({"MachineClient": "enabled", "MachineAudience": "a,b"}, [people, own, "a,b"]),
        ({"MachineAudience": "a"}, [people, "a"]),
        (outside | {"MachineAudience": "a"}, ["vigie", "a"]),
        (outside | {"MachineClient": "enabled"}, ["vigie"]),
    ):
        assert audiences(evaluate(template, configuration, **given)) == wanted
    assert MACHINES
    rule = template["Rules"]["MachinesAreNotPeople"]["Assertions"][0]["Assert"]
    assert rule == {"Fn::Not": [{"Fn::Equals": [{"Ref": "MachineAudience"}, {"Ref": "JwtAudience"}]}]}


def test_a_machine_s_client_has_the_scope_and_no_grant_of_people(template):
    clients = of_type(template, "AWS::Cognito::UserPoolClient")
    program, people = clients["PortalProgram"], clients["UserPoolClient"]
    assert (program["AllowedOAuthFlows"], program["AllowedOAuthScopes"]) == (["client_credentials"], [SCOPE])
    assert program["GenerateSecret"] is True and "SupportedIdentityProviders" not in program
    assert SCOPE not in people["AllowedOAuthScopes"] and "client_credentials" not in people["AllowedOAuthFlows"]
    scope = of_type(template, "AWS::Cognito::UserPoolResourceServer")["EventsScope"]
    assert f"{scope['Identifier']}/{scope['Scopes'][0]['ScopeName']}" == SCOPE
    # Its tokens are billed: none by itself.
    there = {"Fn::If": [template["Resources"]["PortalProgram"]["Condition"], True, False]}
    assert [evaluate(template, there, MachineClient=each) for each in ("disabled", "enabled")] == [False, True]


def test_every_function_that_is_asked_by_people_knows_their_audience(template, functions):
    people = {"Fn::If": ["OwnsIssuer", {"Ref": "UserPoolClient"}, {"Ref": "JwtAudience"}]}
    for name in set((PUBLIC | PROTECTED | MACHINES).values()):
        assert functions[name]["Environment"]["Variables"]["JWT_AUDIENCE"] == people, name


def test_integrations_carry_format_two_and_outlast_their_function(template, functions):
    for name, integration in of_type(template, "AWS::ApiGatewayV2::Integration").items():
        function = functions[attribute(integration["IntegrationUri"])[0]]
        assert integration["IntegrationType"] == "AWS_PROXY", name
        assert integration["PayloadFormatVersion"] == "2.0", name
        assert function["Timeout"] * 1000 < integration["TimeoutInMillis"] <= 30000, name


def test_every_http_function_may_be_invoked(template):
    permissions = of_type(template, "AWS::Lambda::Permission").values()
    permitted = {p["FunctionName"]["Ref"] for p in permissions if p["Principal"] == "apigateway.amazonaws.com"}
    assert permitted == set((PUBLIC | PROTECTED | MACHINES).values())


def test_no_other_origin_is_allowed(template):
    api = of_type(template, "AWS::ApiGatewayV2::Api")["Api"]
    assert api["ProtocolType"] == "HTTP"
    assert "CorsConfiguration" not in api


def test_requests_are_throttled(template):
    limits = stage(template)["DefaultRouteSettings"]
    assert 0 < limits["ThrottlingRateLimit"] <= limits["ThrottlingBurstLimit"]


EXPENSIVE = {
    "GET /v1/accounts/{id}/alerts/preview",
    "GET /v1/accounts/{id}/consultations",
    "GET /v1/accounts/{id}/export",
    "GET /v1/consultations/{id}/recipients",
    "GET /v1/entities/{id}/consultations",
    "GET /v1/entities/{id}/invitations",
    "GET /v1/entities/{id}/agents/{accountId}/handover",
    "GET /v1/entities/{id}/todo",
    "GET /v1/entities/{id}/undeliverable",
    "GET /v1/entities/{id}/unfollowed",
    "POST /v1/accounts/{id}/alerts/test",
    "POST /v1/entities/{id}/agents/import",
    "POST /v1/entities/{id}/invitations",
}


def test_public_and_expensive_routes_have_throttles_of_their_own(template):
    settings = stage(template)["RouteSettings"]
    of_the_page = {key for key, function in PUBLIC.items() if function == "Portal" and key != "$default"}
    heads = {f"HEAD {key[4:]}" for key in EXPENSIVE if key.startswith("GET ")}
    assert EXPENSIVE | heads <= set(PROTECTED)
    wanted = (set(PUBLIC) - of_the_page) | EXPENSIVE | heads | set(MACHINES)
    assert set(settings) == wanted
    most = stage(template)["DefaultRouteSettings"]
    for key, own in settings.items():
        # A setting that is left out would be AWS's own default, not the stage's.
        assert set(own) == set(most) == {"ThrottlingRateLimit", "ThrottlingBurstLimit"}
        assert own["ThrottlingRateLimit"] < most["ThrottlingRateLimit"], key
        assert own["ThrottlingRateLimit"] <= own["ThrottlingBurstLimit"] <= most["ThrottlingBurstLimit"], key


def test_a_route_is_there_before_its_settings(template):
    """AWS refuses settings of a route that it does not know: "Unable to find Route by key"."""
    resources = template["Resources"]
    waited_for, ahead = set(), ["ApiStage"]
    while ahead:
        for name in as_list(resources[ahead.pop()].get("DependsOn", [])):
            waited_for.add(name)
            ahead.append(name)
    keys = {route["RouteKey"] for name, route in of_type(template, "AWS::ApiGatewayV2::Route").items() if name in waited_for}
    assert set(stage(template)["RouteSettings"]) <= keys


def test_access_logs_name_the_route_and_never_the_path(template):
    settings = stage(template)["AccessLogSettings"]
    assert attribute(settings["DestinationArn"]) == ("ApiAccessLog", "Arn")
    line = json.loads(settings["Format"])
    assert line["routeKey"] == "$context.routeKey"
    assert "\n" not in settings["Format"]
    # Paths and queries hold ids and tokens; addresses, agents and claims are personal.
    for variable in line.values():
        assert re.fullmatch(r"\$context\.[A-Za-z.]+", variable)
        assert not re.search(r"path|query|uri|requestLine|identity|authorizer|claims|domain", variable, re.IGNORECASE), variable


def test_nothing_asks_api_gateway_for_an_address_that_can_be_spelled(template):
    # `Fn::GetAtt` of it is a call of a control plane that takes ten a second, and has failed stacks of seventy routes.
    assert not [text for text in strings(template) if "ApiEndpoint" in text]
    address = {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.${AWS::URLSuffix}"}
    assert template["Outputs"]["ApiUrl"]["Value"] == address
    portal = template["Outputs"]["PortalUrl"]["Value"]
    assert evaluate(template, portal) == address
    assert evaluate(template, portal, PortalUrl="https://compte.colmar.example.fr") == "https://compte.colmar.example.fr"


def test_a_certificate_makes_the_host_of_the_portal_s_address_a_domain_of_the_api(template):
    for kind in ("DomainName", "ApiMapping"):
        (resource,) = [each for each in template["Resources"].values() if each["Type"] == f"AWS::ApiGatewayV2::{kind}"]
        there = {"Fn::If": [resource["Condition"], True, False]}
        assert [evaluate(template, there, CertificateArn=arn) for arn in ("", "arn:aws:acm:…")] == [False, True]
    (domain,) = of_type(template, "AWS::ApiGatewayV2::DomainName").values()
    assert domain["DomainName"] == {"Fn::Select": [2, {"Fn::Split": ["/", {"Fn::Sub": "${PortalUrl}//"}]}]}
    for address, host in (("https://compte.colmar.example.fr", "compte.colmar.example.fr"), ("", "")):
        assert f"{address}//".split("/")[2] == host
    (rule,) = template["Rules"]["DomainWithPortalUrl"]["Assertions"]
    assert rule["Assert"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "PortalUrl"}, ""]}]}


def test_the_api_takes_a_fixed_id_on_the_local_stack_only(template):
    tags = of_type(template, "AWS::ApiGatewayV2::Api")["Api"]["Tags"]
    assert "ms-custom-id" not in evaluate(template, tags, Stage="production")
    assert evaluate(template, tags, Stage="local", LocalApiId="0a1b2c3d")["ms-custom-id"] == "0a1b2c3d"
