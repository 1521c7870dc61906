"""Daily mails and absences on the deployed system. Its clock cannot be moved, so what is held is made a day older in the table and
the clock is struck once more."""

from datetime import UTC, datetime, timedelta

import aws
from api import NULL
from deployed import customer, token_of, until

TODAY = datetime.now(UTC).date()


def question(consultation: str, name: str) -> dict:
    detail = {"consultationId": consultation, "questionId": name, "receivedAt": "2026-11-24T09:00:00+01:00", "hasAttachment": False}
    return {"detail-type": "QuestionReceived", "detail": detail}


class Office:
    """A consultation of Bruno's; Chloé is its guest, follows it and wants questions in a mode."""

    def __init__(self, stack, unique: str, mode: str):
        self.stack, self.consultation = stack, f"p-{unique}"
        self.customer = customer(stack, unique)
        self.bruno, self.brunos = self.customer.agent("bruno")
        self.chloe, self.chloes = self.customer.agent("chloe")
        self.emails = {name: f"{name}@{unique}.example.fr" for name in ("bruno", "chloe")}
        saved = {
            "consultationId": self.consultation,
            "revision": 1,
            "reference": "21-165381",
            "title": "Fournitures de serveurs pour les établissements",
            "organisation": "REGION GRAND EST",
            "entityId": self.customer.entity,
            "authorAccountId": self.bruno,
            "phase": "consultation",
            # In April, with winter's offset, as gazettes send it: the instant decides.
            "submissionDeadline": "2030-04-13T12:00:00+01:00",
            "guests": [self.chloe],
        }
        stack.send({"detail-type": "ConsultationSaved", "detail": saved})
        alerts = self.chloes.call("GET", f"/v1/accounts/{self.chloe}/alerts").body
        alerts["kinds"]["questionReceived"] = mode
        self.chloes.call("PUT", f"/v1/accounts/{self.chloe}/alerts", alerts)
        self.chloes.call("PUT", f"/v1/accounts/{self.chloe}/favourites/{self.consultation}", retry=(404,))

    def questions(self, name: str) -> list[dict]:
        return [mail for mail in self.stack.mails(self.emails[name]) if "question" in mail["text"]]

    def held(self) -> list[dict]:
        table = aws.client("dynamodb", self.stack.description["awsEndpoint"])
        key = {":pk": {"S": f"ACCOUNT#{self.chloe}"}, ":sk": {"S": "HELD#"}}
        condition = "pk = :pk AND begins_with(sk, :sk)"
        name = self.stack.description["tableName"]
        return table.query(TableName=name, KeyConditionExpression=condition, ExpressionAttributeValues=key, ConsistentRead=True)["Items"]

    def a_day_later(self) -> None:
        """Sets the deferred alerts to yesterday, so that they are due, and strikes the clock."""
        table, name = aws.client("dynamodb", self.stack.description["awsEndpoint"]), self.stack.description["tableName"]
        yesterday = (datetime.now(UTC) - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        for item in self.held():
            table.delete_item(TableName=name, Key={"pk": item["pk"], "sk": item["sk"]})
            older = item | {"sk": {"S": f"HELD#{yesterday}#{item['sk']['S'].split('#')[2]}"}, "recordedAt": {"S": yesterday}}
            table.put_item(TableName=name, Item=older)
        table.put_item(TableName=name, Item={"pk": {"S": "OPEN#0"}, "sk": {"S": f"{yesterday}#daily#{self.chloe}"}})
        self.stack.strike("scheduler")


def test_a_daily_mail_holds_what_was_recorded_the_day_before(stack, unique):
    office = Office(stack, unique, "daily")
    stack.send(question(office.consultation, "q-1"), question(office.consultation, "q-2"))
    until(lambda: len(office.held()) == 2, "two held alerts")
    stack.quiet()
    assert office.questions("chloe") == []

    office.a_day_later()

    mail = until(lambda: office.questions("chloe"), "the daily mail")[0]
    assert mail["subject"].startswith("Vos alertes du ") and mail["subject"].endswith(" – 2 alertes")
    assert "13 avril 2030 à 13 h 00" in mail["text"].replace("\u00a0", " ")
    headers = {name.lower() for name in mail["headers"]}
    assert "list-unsubscribe-post" in headers
    until(lambda: office.held() == [], "nothing held any more")
    assert len(office.questions("chloe")) == 1


def test_who_is_away_is_replaced_by_a_colleague_who_agreed_and_finds_the_rest_later(stack, unique):
    office = Office(stack, unique, "immediate")
    path = f"/v1/accounts/{office.chloe}/absence"
    days = {"from": (TODAY - timedelta(days=1)).isoformat(), "until": (TODAY + timedelta(days=2)).isoformat()}
    asked = office.chloes.call("PUT", path, days | {"delegateAccountId": office.bruno}).body
    assert asked["delegateAgreed"] is False
    # Nobody agreed yet: held.
    stack.send(question(office.consultation, "q-1"))
    until(lambda: len(office.held()) == 1, "a held alert")

    token = token_of(stack.mail(office.emails["bruno"], "/delegation?token="))
    office.brunos.call("POST", "/v1/delegations", {"token": token}, expect=(200,))
    assert office.chloes.call("GET", path).body["delegateAgreed"] is True
    stack.send(question(office.consultation, "q-2"))
    mail = until(lambda: office.questions("bruno"), "a mail to the colleague")[0]
    assert "remplacer chloe Agent pendant son absence" in mail["text"]
    assert office.questions("chloe") == []

    # Back: what was held comes as one mail.
    assert office.chloes.call("PUT", path, NULL).body is None
    office.a_day_later()
    until(lambda: office.questions("chloe"), "what was held")
    stack.quiet()
    assert (len(office.questions("bruno")), len(office.questions("chloe"))) == (1, 1)
