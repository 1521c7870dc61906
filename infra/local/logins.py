"""Logins of the demo in the stack's Cognito user pool."""

import base64
import json

import aws
from progress import StackError


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


def claims(stack: dict, email: str) -> dict[str, str]:
    """Signs the login in and returns what the API's authorizer hands on of its token: every claim, as text."""
    payload = id_token(stack, email).split(".")[1]
    told = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in told.items()}
