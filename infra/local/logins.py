"""Logins of the demo, and the portal's program, in the stack's Cognito user pool."""

import base64
import json
import urllib.parse
import urllib.request

import aws
from api import OPENER
from progress import StackError, say


def make(stack: dict, email: str, password: str) -> None:
    """Makes sure that the login exists and has this password."""
    cognito = aws.client("cognito-idp", stack["awsEndpoint"])
    try:
        cognito.admin_create_user(
            UserPoolId=stack["userPoolId"],
            Username=email,
            MessageAction="SUPPRESS",
            UserAttributes=[{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}],
        )
    except cognito.exceptions.UsernameExistsException:
        pass
    cognito.admin_set_user_password(
        UserPoolId=stack["userPoolId"], Username=email, Password=password, Permanent=True
    )


def id_token(stack: dict, email: str) -> str:
    """Signs the login in and returns its id token, which the API takes as bearer token."""
    cognito = aws.client("cognito-idp", stack["awsEndpoint"])
    try:
        answer = cognito.admin_initiate_auth(
            UserPoolId=stack["userPoolId"],
            ClientId=stack["clientId"],
            AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": email, "PASSWORD": stack["demoPassword"]},
        )
    except (cognito.exceptions.UserNotFoundException, cognito.exceptions.NotAuthorizedException) as error:
        known = ", ".join(login["email"] for login in stack["logins"]) or "none"
        raise StackError(f"no such demo login: {email} (there are: {known})") from error
    return answer["AuthenticationResult"]["IdToken"]


def id_token_of_anybody(stack: dict, email: str) -> str:
    """The same for an address without a login: whoever has it signs up first, as anybody may, with the demo's password."""
    try:
        return id_token(stack, email)
    except StackError:
        if "@" not in email:
            raise
    make(stack, email, stack["demoPassword"])
    say(f"A login is made for {email}, with the demo's password.")
    return id_token(stack, email)


def claims(stack: dict, email: str) -> dict[str, str]:
    """Signs the login in and returns what the API's authorizer hands on of its token: every claim, as text."""
    payload = id_token(stack, email).split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in told.items()}


# The one client of the stack that is a program's.
PROGRAM = "portal"
SCOPE = "vigie/events"


def machine_token(stack: dict, client: str) -> str:
    """Returns a token of the portal's program, as it gets one itself: by the client-credentials grant."""
    if client != PROGRAM:
        raise StackError(f"no such client: {client} (there is: {PROGRAM})")
    if not stack["machineClientId"]:
        raise StackError(f"the stack takes the tokens of another issuer: ask that one, by the client-credentials grant with the scope {SCOPE}")
    cognito = aws.client("cognito-idp", stack["awsEndpoint"])
    own = cognito.describe_user_pool_client(UserPoolId=stack["userPoolId"], ClientId=stack["machineClientId"])["UserPoolClient"]
    asked = urllib.request.Request(
        f"{stack['awsEndpoint']}/oauth2/token",
        data=urllib.parse.urlencode({"grant_type": "client_credentials", "scope": SCOPE}).encode(),
        headers={
            "Authorization": "Basic " + base64.b64encode(f"{own['ClientId']}:{own['ClientSecret']}".encode()).decode(),
            "Content-Type": "application/x-www-form-urlencoded",
        },
    )
    with OPENER.open(asked, timeout=40) as answer:
        return json.load(answer)["access_token"]
