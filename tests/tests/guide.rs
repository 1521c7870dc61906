//! The customer's guide (« Paramétrer votre compte personnel », summed up in docs/domain.md),
//! sentence by sentence: each that says how something behaves, and the tests that prove it. A test
//! that is renamed or goes must be replaced here.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// A section of the guide, the words that state a behaviour, and the tests: file (below
/// `tests/tests/`, or another folder of the repository) and name.
type Row = (
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const COORDONNEES: &str = "3 Mes coordonnées";
const ALERTES: &str = "4 Mes alertes électroniques";
const LIEUX: &str = "5 Mes préférences Lieu d'exécution";
const ASSOCIES: &str = "6 Mes comptes associés";

#[rustfmt::skip]
const GUIDE: &[Row] = &[
    (COORDONNEES, "complétez les champs", &[
        ("accounts/contact.rs", "a_patch_changes_what_it_names_and_leaves_the_rest"),
        ("accounts/contact.rs", "a_refused_field_is_named_and_nothing_is_written"),
        ("shared/domain/tests/contact.rs", "all_errors_come_at_once"),
    ]),
    (COORDONNEES, "une adresse mail générique pour le compte administrateur", &[
        ("provisioning/mod.rs", "an_organisation_begins_with_its_root_and_an_invited_administrator"),
    ]),
    (COORDONNEES, "plusieurs comptes \"agents\" peuvent être créés avec leur adresse personnelle", &[
        ("entities/invitations.rs", "an_invited_agent_has_an_account_and_a_mail"),
        ("accounts/invitation.rs", "an_invitation_binds_the_login_and_confirms_the_address"),
    ]),
    (COORDONNEES, "N'oubliez pas d'enregistrer à la fin de votre saisie", &[
        ("accounts/contact.rs", "an_account_is_shown_with_its_version_as_etag"),
        ("accounts/contact.rs", "of_two_patches_of_one_version_the_second_is_refused"),
    ]),
    (COORDONNEES, "La plateforme n'accepte qu'une seule fois une adresse mail", &[
        ("entities/invitations.rs", "an_address_is_taken_on_the_whole_platform"),
        ("races/mod.rs", "of_all_who_create_or_confirm_one_address_one_has_it"),
        ("shared/domain/tests/email.rs", "equal_addresses_are_equal_whatever_their_spelling"),
        ("tests/e2e/test_scenario.py", "test_one_of_five_claimants_has_the_address"),
    ]),
    (COORDONNEES, "Vous ne pourrez donc pas mettre votre adresse personnelle à la fois sur le compte administrateur et sur votre compte personnel", &[
        ("provisioning/mod.rs", "a_taken_address_rejects_the_event_with_its_reason_and_leaves_nothing"),
        ("accounts/confirmation.rs", "whoever_confirms_first_has_the_address"),
    ]),
    (COORDONNEES, "ou sur un autre compte entité", &[
        ("accounts/address.rs", "asking_for_a_taken_address_looks_the_same_to_the_asker"),
        ("accounts/invitation.rs", "a_login_may_act_for_several_accounts"),
    ]),
    (ALERTES, "compléter les items selon vos souhaits et enregistrer", &[
        ("preferences/alerts.rs", "a_new_account_has_all_alerts_off_and_the_rule_mine_on"),
        ("preferences/alerts.rs", "the_whole_object_is_put"),
    ]),
    (ALERTES, "Les consultations que vous allez créer seront automatiquement mises en statut favoris", &[
        ("favourites.rs", "automatic_names_the_rule_that_gave_the_star"),
        ("facts/order.rs", "a_save_its_release_and_a_fact_mail_the_author_once_in_any_order"),
    ]),
    (ALERTES, "Vous pourrez toujours ajouter la consultation en favoris", &[
        ("favourites.rs", "every_way_of_seeing_lets_an_agent_star"),
    ]),
    (ALERTES, "en cliquant sur l'étoile", &[
        ("favourites.rs", "a_star_is_given_and_taken_and_again_changes_nothing"),
    ]),
    (ALERTES, "un envoi automatique de courrier électronique (alerte) aux Agents pour certains événements", &[
        ("facts/mod.rs", "each_kind_mails_exactly_those_who_want_it"),
        ("histories/mod.rs", "in_any_history_the_bundle_does_what_the_model_of_the_domain_says"),
        ("histories/mod.rs", "whatever_dies_or_comes_again_nothing_is_lost_and_at_most_a_chunk_is_repeated"),
        ("tests/e2e/test_demo.py", "test_a_sample_event_mails_exactly_the_right_agents_within_five_seconds"),
    ]),
    (ALERTES, "Il est possible, Agent par Agent, de définir les alertes à recevoir", &[
        ("preferences/alerts.rs", "each_kind_is_switched_by_itself_and_nobody_elses"),
        ("access/mod.rs", "who_administers_somebody_does_not_have_their_account"),
    ]),
    (ALERTES, "consultations suivies par moi-même (celles pour lesquelles je suis mentionné(e) comme \"Invité\")", &[
        ("access_follows.rs", "a_guest_who_is_added_may_star_and_is_told_from_then_on"),
        ("access_follows.rs", "a_guest_who_is_taken_off_a_consultation_hears_of_it_no_more_and_does_again_once_back"),
    ]),
    (ALERTES, "Seules vos consultations favorites font l'objet des alertes automatiques", &[
        ("facts/mod.rs", "each_kind_mails_exactly_those_who_want_it"),
        ("facts/recipients.rs", "recipients_are_judged_when_the_mail_is_sent"),
    ]),
    (ALERTES, "Vos favoris sont modifiables consultation par consultation", &[
        ("favourites.rs", "a_star_is_given_and_taken_and_again_changes_nothing"),
        ("favourites.rs", "what_was_unstarred_stays_so_whatever_is_saved_later"),
    ]),
    (ALERTES, "réception d'une réponse électronique sur une consultation suivie (synchrone)", &[
        ("facts/mod.rs", "each_kind_mails_exactly_those_who_want_it"),
        ("facts/mod.rs", "paper_tenders_and_withdrawals_are_recorded_and_mail_nobody"),
        ("facts/mod.rs", "running_totals_are_exact_when_deposits_come_at_once"),
        ("tests/e2e/test_demo.py", "test_a_sample_event_mails_exactly_the_right_agents_within_five_seconds"),
    ]),
    (ALERTES, "Clôture d'une consultation suivie (dépassement de la date limite de remise des plis)", &[
        ("closing/deadlines.rs", "a_deadline_that_moves_takes_its_digest_with_it"),
        ("closing/deadlines.rs", "what_is_cancelled_or_still_a_draft_is_not_closed"),
        ("closing/deadlines.rs", "the_instant_decides_on_both_sides_of_a_change_of_clocks"),
        ("closing/overtaken.rs", "a_deadline_that_passed_is_closed_though_it_was_moved_or_cancelled_before_a_sweep_came_by"),
    ]),
    (ALERTES, "avec synthèse des retraits et dépôts électroniques (asynchrone)", &[
        ("closing/deadlines.rs", "the_digest_counts_by_channel_and_late_deposits_apart"),
        ("closing/deadlines.rs", "a_digest_is_sent_even_when_all_is_zero_and_only_to_who_wants_it"),
        ("tests/e2e/test_closing.py", "test_a_deadline_that_passes_is_told_within_two_minutes"),
    ]),
    (ALERTES, "réception d'un message sollicité d'entreprise sur une consultation suivie", EACH_KIND),
    (ALERTES, "réception d'une question posée par une entreprise sur une consultation suivie", EACH_KIND),
    (ALERTES, "publication au BOAMP sur une consultation suivie", EACH_KIND),
    (ALERTES, "échec de publication au BOAMP sur une consultation suivie", EACH_KIND),
    (ALERTES, "consultation en attente d'approbation ou de validation", &[
        ("facts/mod.rs", "each_kind_mails_exactly_those_who_want_it"),
        ("facts/mod.rs", "levels_and_editions_in_words_are_facts_of_their_own_and_stay_out_of_events"),
        ("shared/mail/tests/mails/main.rs", "every_alert_reads_well"),
    ]),
    (ALERTES, "A leur premier enregistrement en phase \"Elaboration\", définir automatiquement comme favoris", &[
        ("consultations/stars.rs", "a_late_drafting_save_rolls_nothing_back_and_still_gives_the_star_once"),
        ("consultations/stars.rs", "a_consultation_that_starts_beyond_drafting_gives_no_star"),
        ("favourites.rs", "what_was_unstarred_stays_so_whatever_is_saved_later"),
        ("tests/e2e/test_demo.py", "test_favourites_show_which_rule_gave_them"),
    ]),
    (ALERTES, "Mes consultations", &[
        ("favourites.rs", "automatic_names_the_rule_that_gave_the_star"),
        ("facts/order.rs", "without_the_rule_mine_a_first_save_stars_nothing"),
    ]),
    (ALERTES, "Les consultations de mon entité (uniquement si je suis invité permanent sur mon entité)", RULES),
    (ALERTES, "Les consultations des entités qui dépendent de mon entité (uniquement si je suis invité permanent sur les entités qui dépendent de mon entité)", RULES),
    (ALERTES, "Les consultations de mes entités associées transversalement (uniquement si je suis invité permanent transverse)", &[
        ("favourites.rs", "automatic_names_the_rule_that_gave_the_star"),
        ("preferences/alerts.rs", "a_rule_needs_its_right"),
        ("shared/domain/tests/sight.rs", "a_link_is_directed_and_covers_only_its_two_ends"),
        ("access_follows.rs", "a_transverse_link_that_is_removed_closes_what_it_opened"),
    ]),
    (ALERTES, "Si les agents sont paramétrés en \"invités permanents\" sur toutes les consultations, toutes les procédures seront en favoris par défaut", &[
        ("consultations/stars.rs", "every_watcher_has_its_star_however_many_they_are"),
        ("histories/mod.rs", "in_any_history_the_bundle_does_what_the_model_of_the_domain_says"),
    ]),
    (ALERTES, "y compris celles que vous n'avez pas élaborées", &[
        ("favourites.rs", "automatic_names_the_rule_that_gave_the_star"),
    ]),
    (ALERTES, "Les alertes choisies seront réceptionnées sur l'adresse mail renseignée dans la rubrique \"Mes coordonnées\"", &[
        ("accounts/address.rs", "alerts_go_to_the_old_address_until_the_new_one_is_confirmed"),
        ("tests/e2e/test_scenario.py", "test_the_story"),
    ]),
    (ALERTES, "et seront valables uniquement pour les consultations ayant le statut \"Favoris\"", &[
        ("facts/recipients.rs", "recipients_are_judged_when_the_mail_is_sent"),
        ("shared/domain/tests/sight.rs", "a_recipient_meets_every_condition_and_is_told_the_first_that_fails"),
    ]),
    (LIEUX, "Sélectionnez par département", &[
        ("shared/domain/tests/place.rs", "the_reference_list_holds_every_department_and_collectivity_once"),
        ("preferences/places.rs", "the_reference_list_is_public_and_whole"),
    ]),
    (LIEUX, "le(s) lieu(x) souhaité(s)", &[
        ("preferences/places.rs", "every_place_of_the_list_can_be_chosen_at_once"),
        ("shared/domain/tests/place.rs", "the_empty_set_is_a_choice"),
    ]),
    (LIEUX, "Cochez \"Enregistrer ma sélection dans mes préférences\" Puis cliquez \"Valider\"", &[
        ("preferences/places.rs", "places_come_back_as_a_set_in_the_order_of_their_codes"),
        ("preferences/places.rs", "an_unknown_place_is_named_by_its_index"),
    ]),    (ASSOCIES, "les agents qui mettent en ligne des procédures marchés pour le compte de plusieurs entités dont les services sont mutualisés", &[
        ("links/rights.rs", "a_linked_account_may_do_what_is_shared_as_its_owner_may"),
        ("links/rights.rs", "a_linked_account_may_do_nothing_else"),
        ("links/accepting.rs", "nobody_accepts_but_the_login_of_the_account_that_was_asked"),
        ("accounts/invitation.rs", "a_login_may_act_for_several_accounts"),
        ("tests/e2e/test_links.py", "test_two_accounts_are_linked_used_and_parted"),
    ]),
];

const EACH_KIND: &[(&str, &str)] = &[
    ("facts/mod.rs", "each_kind_mails_exactly_those_who_want_it"),
    ("shared/mail/tests/mails/main.rs", "every_alert_reads_well"),
    (
        "shared/mail/tests/mails/main.rs",
        "subjects_are_the_tables_to_the_letter",
    ),
];

const RULES: &[(&str, &str)] = &[
    (
        "favourites.rs",
        "automatic_names_the_rule_that_gave_the_star",
    ),
    ("preferences/alerts.rs", "a_rule_needs_its_right"),
    (
        "preferences/alerts.rs",
        "a_rule_whose_right_is_gone_stays_on_without_effect_and_works_again_with_it",
    ),
    (
        "shared/domain/tests/sight.rs",
        "a_rule_gives_its_star_where_it_is_on_its_right_is_there_and_it_looks",
    ),
];

fn file(name: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let below = root.join("tests/tests").join(name);
    if below.exists() {
        below
    } else {
        root.join(name)
    }
}

/// The names of the tests in a source.
fn tests_in(file: &Path) -> BTreeSet<String> {
    let text = fs::read_to_string(file).unwrap_or_else(|e| panic!("{}: {e}", file.display()));
    match file.extension().and_then(|extension| extension.to_str()) {
        Some("rs") => rust_tests(&text),
        Some("py") => text
            .lines()
            .filter_map(|line| name_after(line, "def "))
            .filter(|name| name.starts_with("test_"))
            .collect(),
        _ => text
            .lines()
            .filter_map(|line| {
                line.trim()
                    .strip_prefix("test(\"")?
                    .split_once('"')
                    .map(|(name, _)| name.to_owned())
            })
            .collect(),
    }
}

/// Functions below an attribute that makes them tests; that of `proptest!` is spelt the same.
fn rust_tests(text: &str) -> BTreeSet<String> {
    let (mut tests, mut is_test) = (BTreeSet::new(), false);
    for line in text.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if let Some(name) = name_after(line.strip_prefix("async ").unwrap_or(line), "fn ") {
            if is_test {
                tests.insert(name);
            }
            is_test = false;
        }
    }
    tests
}

fn name_after(line: &str, keyword: &str) -> Option<String> {
    let (name, _) = line.strip_prefix(keyword)?.split_once('(')?;
    Some(name.to_owned())
}

#[test]
fn every_sentence_of_the_guide_is_proved_by_tests_that_exist() {
    let mut sentences = BTreeSet::new();
    for (section, words, tests) in GUIDE {
        assert!(sentences.insert((section, words)), "twice: {words}");
        assert!(!tests.is_empty(), "no test: {words}");
        for (named, test) in *tests {
            assert!(
                tests_in(&file(named)).contains(*test),
                "« {words} » is proved by {test}, which {named} does not have"
            );
        }
    }
}

/// The tests of the account page, where people follow the guide.
const PAGE_TESTS: &str = "tests/browser/account/guide.test.js";

/// Actions on the page: a section, words that some of its sentences hold ("" for all the others),
/// and the page's test.
#[rustfmt::skip]
const ON_THE_PAGE: &[(&str, &str, &str)] = &[
    (COORDONNEES, "complétez les champs", "3: « Mes coordonnées »: the fields are filled in and saved"),
    (COORDONNEES, "compte administrateur et en cas", "3: « plusieurs comptes agents peuvent être créés »: an invited agent signs up and reaches the account"),
    (COORDONNEES, "générique", "3: « plusieurs comptes agents peuvent être créés »: an invited agent signs up and reaches the account"),
    (COORDONNEES, "plusieurs comptes", "3: « plusieurs comptes agents peuvent être créés »: an invited agent signs up and reaches the account"),
    (COORDONNEES, "enregistrer", "3: « N'oubliez pas d'enregistrer »: leaving with something unsaved asks"),
    (COORDONNEES, "", "3: an address is accepted once: the new one counts when the link in its mail is confirmed"),
    (ALERTES, "mon entité", "4: a rule without its right says what is missing, and who gives it"),
    (ALERTES, "entités associées", "4: a rule without its right says what is missing, and who gives it"),
    (ALERTES, "que vous allez créer", "4: consultations that one creates have the star, and it is clicked off and on in « Mes favoris »"),
    (ALERTES, "favoris", "4: consultations that one creates have the star, and it is clicked off and on in « Mes favoris »"),
    (ALERTES, "étoile", "4: consultations that one creates have the star, and it is clicked off and on in « Mes favoris »"),
    (ALERTES, "adresse mail", "4: the chosen alert arrives at the address of « Mes coordonnées », and its link leads to the alerts through the sign-in"),
    (ALERTES, "", "4: « Mes alertes électroniques »: the items are chosen and saved"),
    (LIEUX, "", "5: « Mes préférences Lieu d'exécution »: map, « Enregistrer ma sélection dans mes préférences », « Valider »"),
    (ASSOCIES, "", "6: « Mes comptes associés »: ask, accept from the mail, act for the other, undo"),
];

#[test]
fn every_sentence_of_the_guide_is_followed_on_the_page() {
    let tests = tests_in(&file(PAGE_TESTS));
    for (section, words, _) in GUIDE {
        let found = ON_THE_PAGE
            .iter()
            .find(|(within, held, _)| within == section && words.contains(held));
        let Some((.., test)) = found else {
            panic!("no test of the page: {words}")
        };
        assert!(
            tests.contains(*test),
            "« {words} » is followed in {test}, which {PAGE_TESTS} does not have"
        );
    }
}
