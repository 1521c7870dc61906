import sign_in
from ministack.services import cognito


def test_the_emulator_s_pages_for_passwords_have_no_english_left():
    pages = [
        cognito._login_page_html("client", "https://example.org/", "openid", "state", "code", error_message="Incorrect username or password."),
        cognito._new_password_page_html("token", error_message="Passwords do not match."),
    ]
    for page in map(sign_in.in_french, pages):
        said = page.split("<body>")[1]
        for english in ("Sign", "Username", "assword", "Incorrect", "Update", "Confirm"):
            assert english not in said.replace('"username"', "").replace("password", ""), english
        assert '<html lang="fr">' in page
        assert "Mot de passe" in page or "Nouveau mot de passe" in page


def test_what_is_passed_on_is_not_translated():
    page = sign_in.in_french(cognito._login_page_html("client", "https://example.org/", "openid", ">Password</label>", "code"))
    assert 'value="&gt;Password&lt;/label&gt;"' in page
