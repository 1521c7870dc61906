//! Tokens: a mailed one opens one thing, and nobody else can make it.

use proptest::prelude::*;
use vigie_domain::{
    id::{AccountId, RequestId},
    token::{Purpose, Token, TokenKey},
};

const SECRET: &str = "a key of at least thirty-two characters";
const PURPOSES: [Purpose; 6] = [
    Purpose::Confirmation,
    Purpose::Invitation,
    Purpose::Unsubscribe,
    Purpose::Link,
    Purpose::Delegation,
    Purpose::Deadline,
];

fn tokens() -> impl Strategy<Value = Token> {
    let id = "[A-Za-z0-9._-]{1,40}";
    (prop::sample::select(&PURPOSES[..]), id, id)
        .prop_map(|(purpose, account, request)| token(purpose, &account, &request))
}

fn token(purpose: Purpose, account: &str, request: &str) -> Token {
    Token {
        purpose,
        account: AccountId::parse(account).unwrap(),
        request: RequestId::parse(request).unwrap(),
    }
}

fn key() -> TokenKey {
    TokenKey::new(SECRET)
}

fn opens_nothing(text: &str) -> bool {
    PURPOSES
        .iter()
        .all(|purpose| key().verify(*purpose, text).is_none())
}

proptest! {
    #[test]
    fn a_token_opens_what_it_was_made_for_and_nothing_else(token in tokens()) {
        let signed = key().sign(&token);
        for purpose in PURPOSES {
            prop_assert_eq!(key().verify(purpose, &signed), (purpose == token.purpose).then(|| token.clone()));
        }
        prop_assert_eq!(key().sign(&token), signed, "the same request always gives the same token");
    }

    #[test]
    fn a_token_is_of_characters_that_need_no_escaping_and_holds_128_bits(token in tokens()) {
        let signed = key().sign(&token);
        prop_assert!(signed.bytes().all(|b| b.is_ascii_alphanumeric() || b"._~-".contains(&b)), "{}", signed);
        // Six bits a character.
        prop_assert!(signed.rsplit('~').next().unwrap().len() * 6 >= 128);
    }

    #[test]
    fn a_token_of_another_key_opens_nothing(token in tokens(), secret in ".{0,80}") {
        prop_assume!(secret != SECRET);
        prop_assert!(opens_nothing(&TokenKey::new(&secret).sign(&token)));
    }

    #[test]
    fn a_token_with_one_character_changed_opens_nothing(token in tokens(), at: prop::sample::Index, with in "[A-Za-z0-9._~=+/ -]") {
        let signed = key().sign(&token);
        let at = at.index(signed.len());
        prop_assume!(signed[at..=at] != with);
        let (before, after) = (&signed[..at], &signed[at + 1..]);
        for changed in [format!("{before}{with}{after}"), format!("{before}{after}"), format!("{before}{with}{}", &signed[at..]), format!("{signed}{with}")] {
            // A character taken out of a run or put into one may give the same again.
            prop_assert!(changed == signed || opens_nothing(&changed), "{}", changed);
        }
        prop_assert!(opens_nothing(&signed[..at]));
    }

    #[test]
    fn the_seal_of_one_token_opens_no_other(one in tokens(), other in tokens()) {
        prop_assume!(one != other);
        let (one, other) = (key().sign(&one), key().sign(&other));
        prop_assert_ne!(&one, &other);
        let (body, _) = one.rsplit_once('~').unwrap();
        let (_, seal) = other.rsplit_once('~').unwrap();
        let crossed = format!("{body}~{seal}");
        prop_assert!(opens_nothing(&crossed));
    }

    #[test]
    fn what_was_never_signed_opens_nothing(text in ".{0,200}", parts in "[ci]~[A-Za-z0-9~._-]{0,150}") {
        prop_assert!(opens_nothing(&text));
        prop_assert!(opens_nothing(&parts));
    }
}

#[test]
fn links_already_mailed_stay_good() {
    // Computed by another implementation of RFC 2104: who changes the form voids every link that is
    // under way.
    let known = token(
        Purpose::Confirmation,
        "0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b",
        "0199a1b2-c3d4-7e5f-8a9b-ffffffffffff",
    );
    let mailed = "c~0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b~0199a1b2-c3d4-7e5f-8a9b-ffffffffffff~0IIWo2S4M7fDUTMvAOmjGQGTOla8FftQDIJGUDaXZng";
    assert_eq!(key().sign(&known), mailed);
    assert_eq!(key().verify(Purpose::Confirmation, mailed), Some(known));
}

#[test]
fn a_key_is_not_shown() {
    assert!(!format!("{:?}", key()).contains("key of"));
}
