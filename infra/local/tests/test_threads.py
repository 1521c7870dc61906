import threads


def mail(id: str, to: str, subject: str, root: str | None = None) -> dict:
    headers = {"References": f"<{root}@vigie>"} if root else {}
    return {"id": id, "from": "vigie@example.org", "to": [to], "subject": subject, "text": "x", "html": "<html><head></head>x</html>", "headers": headers, "at": "2026-11-26T08:00:00Z"}


MAILS = [
    mail("1", "a@example.org", "[C-1] one", "c-1"),
    mail("2", "b@example.org", "[C-1] one", "c-1"),
    mail("3", "a@example.org", "Confirmez votre adresse"),
    mail("4", "a@example.org", "[C-1] two", "c-1"),
    mail("5", "a@example.org", "[C-2] one", "c-2"),
]


def test_mails_of_one_consultation_to_one_recipient_are_one_thread_the_newest_first():
    found = [(thread.to, [each["id"] for each in thread.mails]) for thread in threads.threads(MAILS)]
    assert found == [("a@example.org", ["5"]), ("a@example.org", ["1", "4"]), ("a@example.org", ["3"]), ("b@example.org", ["2"])]


def test_the_page_names_each_thread_by_its_newest_mail_and_leads_to_it():
    page = threads.overview(MAILS)
    assert '<a href="/threads/1">[C-1] two</a> (2)' in page
    assert threads.thread_page(MAILS, "1").count("<iframe") == 2
    assert threads.thread_page(MAILS, "4") is None


def test_what_stands_in_a_mail_is_text_and_runs_nothing():
    hostile = mail("<6>", "a@example.org", "<script>alert(1)</script>") | {"html": '<head></head>"><script>alert(2)</script>', "text": "</pre><script>"}
    for page in (threads.overview([hostile]), threads.thread_page([hostile], "<6>")):
        assert "<script" not in page
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in threads.thread_page([hostile], "<6>")


def test_each_person_has_an_inbox_of_their_own():
    page = threads.overview(MAILS, "b@example.org")
    assert '<a href="/threads/2">[C-1] one</a>' in page and "/threads/1" not in page
    assert '<a href="/?to=a%40example.org">a@example.org</a> (4)' in page
    assert '<a href="/?to=b%40example.org" aria-current=page>b@example.org</a> (1)' in page
    assert '<a href="/">Tous</a> (5)' in page
    assert '<a href="/?to=a%40example.org">a@example.org</a>' in threads.thread_page(MAILS, "1")


def test_times_are_those_of_paris_in_winter_and_in_summer():
    assert "jeu. 26 nov. 2026, 9 h 00 min 00 s" in threads.overview(MAILS)
    assert threads.in_paris("2026-07-31T22:05:09Z") == "sam. 1er août 2026, 0 h 05 min 09 s"
