//! Tokens: a mailed one opens one thing, and nobody else can make it.

use proptest::prelude::*;
use vigie_domain::{
    id::{AccountId, RequestId},
    token::{Purpose, Token, TokenKeys, Verdict},
};

const SECRET: &str = "a key of at least thirty-two characters";
const OTHER: &str = "another key of at least thirty-two characters";
const PURPOSES: [Purpose; 7] = [
    Purpose::Confirmation,
    Purpose::Invitation,
    Purpose::Unsubscribe,
    Purpose::Link,
    Purpose::Delegation,
    Purpose::Deadline,
    Purpose::LinkedDeadline,
];
/// What stands in mails and calendars for good.
const LASTING: [Purpose; 3] = [
    Purpose::Unsubscribe,
    Purpose::Deadline,
    Purpose::LinkedDeadline,
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

fn keys(secrets: &[(u32, &str)]) -> TokenKeys {
    let secrets = secrets
        .iter()
        .map(|(number, secret)| (*number, (*secret).to_owned()));
    TokenKeys::new(&secrets.collect()).unwrap()
}

fn key() -> TokenKeys {
    keys(&[(7, SECRET)])
}

fn opens_nothing(text: &str) -> bool {
    PURPOSES
        .iter()
        .all(|purpose| key().verify(*purpose, text) == Verdict::Refused)
}

proptest! {
    #[test]
    fn a_token_opens_what_it_was_made_for_and_nothing_else(token in tokens()) {
        let signed = key().sign(&token);
        for purpose in PURPOSES {
            prop_assert_eq!(key().verify(purpose, &signed), if purpose == token.purpose { Verdict::Made(token.clone()) } else { Verdict::Refused });
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
    fn a_token_of_another_key_opens_nothing(token in tokens(), secret in ".{32,80}") {
        prop_assume!(secret != SECRET);
        prop_assert!(opens_nothing(&keys(&[(7, &secret)]).sign(&token)));
    }

    #[test]
    fn a_token_with_one_character_changed_opens_nothing(token in tokens(), at: prop::sample::Index, with in "[A-Za-z0-9._~=+/ -]") {
        let signed = key().sign(&token);
        let at = at.index(signed.len());
        prop_assume!(signed[at..=at] != with);
        let (before, after) = (&signed[..at], &signed[at + 1..]);
        for changed in [format!("{before}{with}{after}"), format!("{before}{after}"), format!("{before}{with}{}", &signed[at..]), format!("{signed}{with}")] {
            // A character taken out of a run or put into one may give the same again.
            // A number that is too high is unknown here, and may be somebody else's.
            let newer = PURPOSES.iter().any(|purpose| key().verify(*purpose, &changed) == Verdict::Newer);
            prop_assert!(changed == signed || newer || opens_nothing(&changed), "{}", changed);
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
    fn what_was_never_signed_opens_nothing(text in ".{0,200}", parts in "[ci][0-7]~[A-Za-z0-9~._-]{0,150}") {
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
    let mailed = "c7~0199a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b~0199a1b2-c3d4-7e5f-8a9b-ffffffffffff~EMuNMOgqIcdd2f08gkqmhqlzec5gk1tIjsFe08xNuRI";
    assert_eq!(key().sign(&known), mailed);
    assert_eq!(
        key().verify(Purpose::Confirmation, mailed),
        Verdict::Made(known)
    );
}

#[test]
fn a_key_is_not_shown() {
    assert!(!format!("{:?}", key()).contains("key of"));
}

#[test]
fn a_former_key_opens_only_what_lasts_and_signs_nothing() {
    let (before, after) = (keys(&[(7, SECRET)]), keys(&[(7, SECRET), (8, OTHER)]));
    for purpose in PURPOSES {
        let token = token(purpose, "account", "request");
        let mailed = before.sign(&token);
        let opened = if LASTING.contains(&purpose) {
            Verdict::Made(token.clone())
        } else {
            Verdict::Refused
        };
        assert_eq!(after.verify(purpose, &mailed), opened, "{purpose:?}");
        assert_eq!(after.sign(&token), keys(&[(8, OTHER)]).sign(&token));
        // The current key under the former one's number, and the other way round.
        for crossed in [[(7, OTHER)], [(8, SECRET)]] {
            let forged = keys(&crossed).sign(&token);
            assert_eq!(
                after.verify(purpose, &forged),
                Verdict::Refused,
                "{purpose:?}"
            );
        }
    }
}

#[test]
fn a_key_that_was_taken_out_opens_nothing_and_a_newer_one_is_told() {
    let token = token(Purpose::Unsubscribe, "account", "request");
    let voided = keys(&[(8, OTHER)]);
    let [former, current, newer] =
        [(7, SECRET), (8, OTHER), (9, SECRET)].map(|key| keys(&[key]).sign(&token));
    assert_eq!(
        voided.verify(Purpose::Unsubscribe, &former),
        Verdict::Refused
    );
    assert_eq!(
        voided.verify(Purpose::Unsubscribe, &current),
        Verdict::Made(token)
    );
    assert_eq!(voided.verify(Purpose::Unsubscribe, &newer), Verdict::Newer);
    // Of another purpose it is none, whatever its number.
    assert_eq!(voided.verify(Purpose::Deadline, &newer), Verdict::Refused);
    for number in ["", "4294967296", "-1", " 9", "٩"] {
        let odd = newer.replacen("u9", &format!("u{number}"), 1);
        assert_eq!(
            voided.verify(Purpose::Unsubscribe, &odd),
            Verdict::Refused,
            "{number:?}"
        );
    }
}

#[test]
fn a_secret_without_a_key_or_with_a_short_one_is_none() {
    let new = |secrets: &[(u32, &str)]| {
        let secrets = secrets
            .iter()
            .map(|(number, secret)| (*number, (*secret).to_owned()));
        TokenKeys::new(&secrets.collect())
    };
    assert!(new(&[]).is_err());
    assert!(new(&[(7, ""), (8, SECRET)]).is_err());
    assert!(new(&[(7, SECRET), (8, &SECRET[..31])]).is_err());
    assert!(new(&[(7, &SECRET[..32])]).is_ok());
}
