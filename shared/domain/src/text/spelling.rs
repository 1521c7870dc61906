//! French spellings with a dot that read like the name of a host: abbreviations (`Resp.de l'eau`)
//! and inclusive forms (`élu.es`).
//!
//! Closed lists, and only before those top-level domains that French has as words and endings too:
//! whoever wants to lead a reader astray has the words of these lists to register, and nothing
//! else.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Words that people shorten before a dot: titles, and words of functions and services. A single
/// letter is an initial.
const ABBREVIATIONS: &[&str] = &[
    "adj", "adjt", "adm", "admin", "agt", "arch", "art", "ass", "asst", "assist", "att", "aux",
    "av", "bât", "bd", "bib", "bur", "cat", "cds", "ch", "chg", "chgé", "cl", "coll", "comm",
    "compt", "cond", "cons", "coord", "cpt", "cté", "dél", "dép", "dépt", "dev", "dév", "dgs",
    "dir", "div", "doc", "dpt", "dr", "dre", "drs", "éd", "éduc", "empl", "enc", "ens", "env",
    "éq", "équip", "ét", "étab", "exp", "fonct", "gal", "gén", "gest", "gpt", "hon", "imm", "ing",
    "insp", "inst", "int", "jur", "lég", "log", "maint", "méd", "mgr", "mlle", "mm", "mme", "mmes",
    "mr", "nat", "off", "ppal", "péd", "pers", "pr", "prés", "princ", "proc", "prof", "proj",
    "pub", "publ", "qual", "réd", "réf", "rég", "rel", "rép", "resp", "respons", "sc", "sec",
    "sect", "secr", "secrét", "sect", "serv", "sce", "soc", "sous-dir", "spéc", "ss", "st", "stag",
    "ste", "sté", "sts", "sup", "suppl", "surv", "svc", "tech", "techn", "terr", "tit", "trés",
    "urb", "vve",
];

/// Words that follow such a dot: French and family-name particles, a shortened word, and family
/// names that are top-level domains of companies, in which nobody else can register.
const FOLLOWING: &[&str] = &[
    "de", "la", "et", "au", "st", "al", "el", "do", "tech", "abbott", "bosch", "dupont", "ferrari",
    "ferrero", "ford", "gallo", "hughes", "lamer", "lasalle", "leclerc", "lincoln", "merck",
    "norton", "schmidt", "schwarz", "walter", "weber",
];

/// Both articles at once: `le.la directeur.rice`.
const ARTICLES: &[(&str, &str)] = &[("le", "la"), ("du", "de"), ("son", "sa"), ("mon", "ma")];

/// Words before `.es`, as in `agent.es`.
const BEFORE_ES: &[&str] = &[
    "absent",
    "acheminé",
    "accompagnant",
    "accompagné",
    "adhérent",
    "adjoint",
    "administré",
    "adolescent",
    "adopté",
    "affecté",
    "agent",
    "agréé",
    "aidant",
    "allocataire",
    "alternant",
    "ami",
    "animé",
    "apprenant",
    "apprenti",
    "artisan",
    "assistant",
    "associé",
    "assuré",
    "attaché",
    "auteur",
    "autorisé",
    "avocat",
    "breveté",
    "candidat",
    "certain",
    "certifié",
    "chargé",
    "chef",
    "chercheur",
    "client",
    "commandant",
    "commerçant",
    "commis",
    "compétent",
    "concerné",
    "confirmé",
    "conjoint",
    "conseiller",
    "consultant",
    "contractant",
    "contrôleur",
    "conventionné",
    "correspondant",
    "cuisinier",
    "débutant",
    "délégué",
    "départemental",
    "dépendant",
    "député",
    "désigné",
    "détaché",
    "détenu",
    "diplômé",
    "dirigeant",
    "docteur",
    "doctorant",
    "élu",
    "employé",
    "encadrant",
    "engagé",
    "enseignant",
    "entrepreneur",
    "étranger",
    "étudiant",
    "exclu",
    "expert",
    "exploitant",
    "exposant",
    "fabricant",
    "financier",
    "formé",
    "français",
    "gérant",
    "gouverneur",
    "gradé",
    "habilité",
    "habitant",
    "handicapé",
    "hébergé",
    "immigré",
    "indépendant",
    "infirmier",
    "ingénieur",
    "inscrit",
    "inspecteur",
    "intendant",
    "intercommunal",
    "intéressé",
    "intermittent",
    "intervenant",
    "invité",
    "jardinier",
    "juré",
    "lauréat",
    "licencié",
    "logé",
    "magasinier",
    "mandaté",
    "manifestant",
    "marchand",
    "migrant",
    "militant",
    "missionné",
    "municipal",
    "négociant",
    "nommé",
    "occupant",
    "officier",
    "ouvrier",
    "parent",
    "participant",
    "particulier",
    "partenaire",
    "passionné",
    "patient",
    "permanent",
    "policier",
    "polyvalent",
    "postier",
    "préposé",
    "présent",
    "président",
    "privé",
    "procureur",
    "professeur",
    "protégé",
    "qualifié",
    "recruté",
    "référent",
    "réfugié",
    "régent",
    "régional",
    "remplaçant",
    "représentant",
    "résident",
    "retraité",
    "salarié",
    "sapeur",
    "savant",
    "second",
    "soignant",
    "spécialisé",
    "suivant",
    "suppléant",
    "surveillant",
    "syndiqué",
    "territorial",
    "titularisé",
    "tuteur",
    "usager",
    "vacant",
    "vétéran",
    "villageois",
    "visé",
    "voisin",
];

/// Words before `.ne`, as in `technicien.ne`.
const BEFORE_NE: &[&str] = &[
    "académicien",
    "alsacien",
    "ancien",
    "champion",
    "chirurgien",
    "citoyen",
    "collégien",
    "comédien",
    "concitoyen",
    "diététicien",
    "doyen",
    "électricien",
    "électromécanicien",
    "esthéticien",
    "européen",
    "francilien",
    "gardien",
    "généticien",
    "historien",
    "informaticien",
    "logisticien",
    "lycéen",
    "magicien",
    "mathématicien",
    "mécanicien",
    "milicien",
    "musicien",
    "opticien",
    "parisien",
    "patron",
    "pharmacien",
    "physicien",
    "praticien",
    "politicien",
    "statisticien",
    "technicien",
    "théoricien",
    "vigneron",
];

/// Words before `.se`, as in `acheteur.se`.
const BEFORE_SE: &[&str] = &[
    "acheteur",
    "agenceur",
    "assureur",
    "bailleur",
    "balayeur",
    "blogueur",
    "carreleur",
    "chauffeur",
    "chercheur",
    "chroniqueur",
    "coiffeur",
    "contrôleur",
    "coureur",
    "couvreur",
    "danseur",
    "décideur",
    "demandeur",
    "dépanneur",
    "développeur",
    "dessinateur",
    "éboueur",
    "employeur",
    "enquêteur",
    "entraîneur",
    "entrepreneur",
    "footballeur",
    "formateur",
    "graveur",
    "installateur",
    "joueur",
    "laveur",
    "livreur",
    "métreur",
    "monteur",
    "nageur",
    "nettoyeur",
    "nombreux",
    "payeur",
    "peintre",
    "porteur",
    "poseur",
    "programmeur",
    "promeneur",
    "rapporteur",
    "receveur",
    "régisseur",
    "religieux",
    "serveur",
    "soigneur",
    "soudeur",
    "testeur",
    "tourneur",
    "travailleur",
    "vendeur",
];

/// Words before `.ve`, as in `sportif.ve`.
const BEFORE_VE: &[&str] = &[
    "actif",
    "administratif",
    "associatif",
    "captif",
    "collectif",
    "consultatif",
    "créatif",
    "éducatif",
    "exécutif",
    "inactif",
    "législatif",
    "natif",
    "neuf",
    "participatif",
    "sportif",
    "veuf",
];

/// Prefixes of such words, put before them with a hyphen.
const PREFIXES: &[&str] = &["aide-", "auto-", "co-", "ex-", "non-", "sous-", "vice-"];

/// True if the words before a dot, and the last one behind it, are French, though they read
/// as the name of a host. Where the last one is no top-level domain, or only begins with one,
/// abbreviations may stand before any word.
pub(crate) fn is_french(names: &[&str], last: &str, is_tld: bool) -> bool {
    let last = fold(last);
    let names: Vec<String> = names.iter().map(|name| fold(name)).collect();
    let is_short = |name: &String| {
        (name.chars().count() == 1 && name.chars().all(char::is_alphabetic))
            || has(ABBREVIATIONS, name)
    };
    if names.iter().all(is_short) && (!is_tld || FOLLOWING.contains(&last.as_str())) {
        return true;
    }
    let [name] = names.as_slice() else {
        return false;
    };
    let words = match last.as_str() {
        "es" => BEFORE_ES,
        "ne" => BEFORE_NE,
        "se" => BEFORE_SE,
        "ve" => BEFORE_VE,
        _ => return ARTICLES.contains(&(name.as_str(), last.as_str())),
    };
    has(
        words,
        PREFIXES
            .iter()
            .find_map(|prefix| name.strip_prefix(prefix))
            .unwrap_or(name),
    )
}

fn has(words: &[&str], folded: &str) -> bool {
    words.iter().any(|word| fold(word) == folded)
}

/// Returns a word without accents, which capitals often lack.
fn fold(word: &str) -> String {
    word.nfd().filter(|c| !is_combining_mark(*c)).collect()
}
