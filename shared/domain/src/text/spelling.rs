//! French spellings with a dot that read like the name of a host: abbreviations (`Resp.de l'eau`)
//! and inclusive forms (`élu.es`, `directeur.ice`).
//!
//! Closed lists, or the ending of the word before the dot where few words but those for people end
//! so; and only before those top-level domains that French has as words and endings too. Whoever
//! wants to lead a reader astray has such words to register, and nothing else.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Words that people shorten before a dot, and behind another one (`Dir.gal.adj`): titles, and
/// words of functions and services. A single letter is an initial.
const ABBREVIATIONS: &str = "\
    adj adjt adm admin agt arch art ass assist asst att aux av bât bd bib bur cab cat cds ch chg \
    chgé cl coll comm compt cond cons coord cpt cté daf dél dép dépt dev dév dga dgs dir div doc \
    dpt dr dre drh drs dsi dst éd éduc empl enc ens env éq équip ét étab exp fonct gal gén gest \
    gpt hon imm ing insp inst int jur lég log maint méd mgr mlle mm mme mmes mr nat off péd pers \
    ppal pr prés princ proc prof proj pub publ qual réd réf rég rel rép resp respons sc sce sec \
    secr secrét sect serv soc sous-dir spéc ss st stag ste sté sts sup suppl surv svc tech techn \
    terr tit trés urb vét vve";

/// Words that follow such a dot, or an initial: French and family-name particles, a shortened word,
/// and family names that are top-level domains of companies, in which nobody else can register.
const FOLLOWING: &str = "de la et au al el do st tech abbott bosch dupont ferrari ferrero ford \
    gallo hughes lamer lasalle leclerc lincoln merck norton schmidt schwarz walter weber";

/// Things that are directed or served, behind a shortened word.
const SERVED: &str = "archi eco immo si social sport";

/// Both articles at once (`le.la directeur.rice`), and services for computers.
const PAIRS: [(&str, &str); 7] = [
    ("le", "la"),
    ("du", "de"),
    ("son", "sa"),
    ("mon", "ma"),
    ("serv", "info"),
    ("sce", "info"),
    ("svc", "info"),
];

/// Words before `.es`, as in `agent.es`, with one that ends in `s` too.
const BEFORE_ES: &str = "\
    abonné absent accidenté accompagnant accompagné accusé acheminé acquéreur adhérent adjoint \
    administré admis adolescent adopté affecté agent agréé agressé aidant allemand allocataire \
    alternant ambulancier américain ami anglais animateur animé apprenant apprenti artisan \
    aspirant assesseur assigné assistant associé assujetti assuré attaché aumônier auteur \
    autorisé averti avocat batelier berger blessé bordelais boucher boulanger bourgeois \
    brancardier breveté brigadier caissier candidat censeur certain certifié chargé chef \
    chercheur citadin client combattant commandant commerçant commis communal compétent concerné \
    condamné confirmé conjoint conseiller consultant contaminé contractant contrôleur \
    conventionné convoqué correspondant courtier cousin couturier créancier croyant cuisinier \
    danois débutant décédé délégué départemental dépendant déposant député descendant désigné \
    desservant détaché détenu diplômé dirigeant disparu docteur doctorant douanier écolier \
    éligible élu émigrant employé encadrant endetté engagé enseignant entrant entrepreneur \
    équipier espagnol étranger étudiant évacué évalué exclu excusé exécutant expert exploitant \
    exposant fabricant façonnier fermier figurant financier finlandais fondé fontainier forain \
    forestier formé français gagnant général gérant gouverneur gradé greffier habilité habitant \
    handicapé hébergé héritier hospitalier hôtelier huissier immigrant immigré impliqué inculpé \
    indemnisé indépendant infirmier ingénieur inscrit inspecteur instruit intégré intendant \
    intercommunal intéressé intermittent interrogé intervenant invité irlandais isolé japonais \
    jardinier juré laborantin lauréat licencié logé lyonnais magasinier magistrat majeur \
    malentendant malvoyant mandant mandaté manifestant marchand marié marinier marseillais \
    médecin mendiant menuisier migrant militant mineur missionné mobilisé municipal nantais \
    national négociant nommé normand occupant officiant officier opposant orphelin ouvrier pacsé \
    parent participant particulier partisan passager passionné patenté patient pensionné perdant \
    permanent plaignant plombier policier polyvalent pompier portugais postier postulant \
    pratiquant préfet préposé présent président prétendant principal prisonnier privé privilégié \
    prochain procureur professeur promu protégé proviseur qualifié quelques-un rapatrié recensé \
    recruté recteur reçu référencé référent réfugié régent régional remplaçant rennais répondant \
    représentant résidant résident ressortissant retenu retraité révoqué riverain routier \
    salarié sapeur sapeur-pompier savant scolarisé second sensibilisé signalé sinistré soignant \
    soldat sortant soumissionné spécialisé stéphanois strasbourgeois successeur suivant \
    supérieur superviseur suppléant surintendant surveillant survivant syndical syndiqué \
    territorial titularisé toulousain tout trésorier tuteur usager vacancier vacant vacciné \
    vaincu vétéran villageois visé vivant voisin votant";

/// Words in `é` that no person is called by, or that would lead astray before `.es`.
const NOBODY_IN_E: &str = "activé annulé bloqué café canapé clé congé curé degré \
    débloqué duché expiré facturé fossé gagné hypermarché livré marché musée payé procédé \
    relevé remboursé sécurisé supermarché thé validé vérifié verrouillé";

/// Words before `.ne` beside those in `ien`.
const BEFORE_NE: &str = "artisan baron breton bûcheron champion citoyen compagnon concitoyen \
    coréen doyen espion européen forgeron gascon guyanéen lapon letton lycéen maçon \
    méditerranéen mignon moyen partisan patron paysan persan piéton saxon vendéen vigneron wallon";

/// Words before `.ve` beside those in `if`.
const BEFORE_VE: &str = "juif neuf veuf";

/// Words that end as those of people do, and are none.
const THINGS: &str = "adieux adjectif ampleur ardeur ascenseur aspirateur bonheur chaleur cheveux \
    combien compteur couleur dispositif douceur douleur entretien erreur essieux extérieur faveur \
    fraîcheur générateur grandeur hauteur honneur horreur humeur intérieur labeur largeur lenteur \
    longueur maintien malheur milieux monsieur moteur motif ordinateur processeur profondeur \
    rigueur routeur rumeur saveur secteur soutien tarif terreur tracteur valeur vapeur vigueur";

/// Endings of the other gender that are no top-level domains, without the `s` of several, and the
/// ends of the words that they are put to.
const ENDINGS: [(&str, &str); 30] = [
    ("aine", "ain"),
    ("aise", "ais"),
    ("ale", "al aux"),
    ("aux", "al"),
    ("che", "c"),
    ("elle", "el eau"),
    ("enne", "en"),
    ("ere", "er"),
    ("esse", "e eur"),
    ("eure", "eur"),
    ("euse", "eur eux"),
    ("fe", "ef if"),
    ("gue", "g"),
    ("ice", "eur"),
    ("iere", "ier"),
    ("ine", "in"),
    ("ive", "if"),
    ("le", "el ul til"),
    ("lle", "el eau"),
    ("ne", "en on an in"),
    ("nne", "en on an"),
    ("oise", "ois"),
    ("que", "c"),
    ("rice", "eur"),
    ("se", "eur eux s"),
    ("sse", "e s"),
    ("te", "t s"),
    ("trice", "eur"),
    ("tte", "et ot"),
    ("ve", "f"),
];

/// Prefixes of such words, put before them with a hyphen.
const PREFIXES: [&str; 7] = ["aide-", "auto-", "co-", "ex-", "non-", "sous-", "vice-"];

/// True if the words before a dot, and the last one behind it, are French, though they read
/// as the name of a host. Where the last one is no top-level domain, or only begins with one,
/// abbreviations may stand before any word.
pub(crate) fn is_french(names: &[&str], last: &str, is_tld: bool) -> bool {
    let (folded, last): (Vec<String>, _) =
        (names.iter().map(|name| fold(name)).collect(), fold(last));
    let pair = |(first, second): &(&str, &str)| folded == [*first] && last == *second;
    is_shortened(&folded, &last, is_tld) || is_inclusive(names, &last) || PAIRS.iter().any(pair)
}

fn is_shortened(names: &[String], last: &str, is_tld: bool) -> bool {
    let is_word = |name: &String| has(ABBREVIATIONS, name);
    // Neither `a.si` nor `2e.de` is French.
    let has_word = names.iter().any(is_word);
    let is_short =
        |name: &String| is_initial(name) || is_word(name) || has_word && is_ordinal(name);
    let follows =
        || has(FOLLOWING, last) || has_word && (has(ABBREVIATIONS, last) || has(SERVED, last));
    names.iter().all(is_short) && (!is_tld || follows())
}

fn is_initial(name: &str) -> bool {
    name.chars().count() == 1 && name.chars().all(char::is_alphabetic)
}

/// True of `2e`, as in `Adj.tech.ppal.2e.cl`.
fn is_ordinal(name: &str) -> bool {
    let end = name.trim_start_matches(|c: char| c.is_ascii_digit());
    end.len() < name.len() && matches!(end, "e" | "er" | "re" | "ere" | "eme" | "nd" | "nde")
}

/// True if an ending is that of the other gender of the word before it.
fn is_inclusive(names: &[&str], ending: &str) -> bool {
    // `act.eur.ice` has two dots: only where nobody can register what stands behind the first.
    let (parts, is_one) = (names.concat(), names.len() == 1);
    let word = without_prefix(&parts);
    let folded = fold(word);
    let is_plain = folded.chars().all(char::is_alphabetic);
    let ends = |end: &str| {
        is_plain
            && folded.ends_with(end)
            && folded.chars().count() > end.len() + 2
            && !has(THINGS, &folded)
    };
    match ending {
        "ice" => ends("eur"),
        "es" => {
            is_one
                && (has(BEFORE_ES, &folded)
                    || has(BEFORE_ES, singular(&folded))
                    || is_plain && is_in_e(singular(word)))
        }
        "ne" => is_one && (ends("ien") || has(BEFORE_NE, &folded)),
        "se" => is_one && (ends("eur") || ends("eux")),
        "ve" => is_one && (ends("if") || has(BEFORE_VE, &folded)),
        _ => ENDINGS.iter().any(|(other, ends)| {
            *other == singular(ending) && ends.split(' ').any(|end| folded.ends_with(end))
        }),
    }
}

/// True of most participles, as `sinistré`: what ends in `té` is as often a thing (`sécurité`).
fn is_in_e(word: &str) -> bool {
    word.ends_with('é') && !word.ends_with("té") && !has(NOBODY_IN_E, &fold(word))
}

fn without_prefix(word: &str) -> &str {
    let prefix = |prefix: &&str| word.strip_prefix(*prefix);
    PREFIXES.iter().find_map(prefix).unwrap_or(word)
}

fn singular(word: &str) -> &str {
    word.strip_suffix('s').unwrap_or(word)
}

fn has(words: &str, folded: &str) -> bool {
    words.split(' ').any(|word| fold(word) == folded)
}

/// Returns a word without accents, which capitals often lack.
fn fold(word: &str) -> String {
    word.nfd().filter(|c| !is_combining_mark(*c)).collect()
}
