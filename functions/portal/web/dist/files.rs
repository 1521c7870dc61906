// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "admin-import-DGOICXHW.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("admin-import-DGOICXHW.js"),
        brotli: include_bytes!("admin-import-DGOICXHW.js.br"),
        gzip: include_bytes!("admin-import-DGOICXHW.js.gz"),
    },
    Asset {
        name: "administration-YCWC5Q22.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("administration-YCWC5Q22.js"),
        brotli: include_bytes!("administration-YCWC5Q22.js.br"),
        gzip: include_bytes!("administration-YCWC5Q22.js.gz"),
    },
    Asset {
        name: "chunk-76BW6SQN.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("chunk-76BW6SQN.js"),
        brotli: include_bytes!("chunk-76BW6SQN.js.br"),
        gzip: include_bytes!("chunk-76BW6SQN.js.gz"),
    },
    Asset {
        name: "combobox-6NRY7R3I.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("combobox-6NRY7R3I.js"),
        brotli: include_bytes!("combobox-6NRY7R3I.js.br"),
        gzip: include_bytes!("combobox-6NRY7R3I.js.gz"),
    },
    Asset {
        name: "defaults-IHKLVQHJ.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("defaults-IHKLVQHJ.js"),
        brotli: include_bytes!("defaults-IHKLVQHJ.js.br"),
        gzip: include_bytes!("defaults-IHKLVQHJ.js.gz"),
    },
    Asset {
        name: "france-QFQFTKXH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-QFQFTKXH.js"),
        brotli: include_bytes!("france-QFQFTKXH.js.br"),
        gzip: include_bytes!("france-QFQFTKXH.js.gz"),
    },
    Asset {
        name: "journal-USCG7DLM.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("journal-USCG7DLM.js"),
        brotli: include_bytes!("journal-USCG7DLM.js.br"),
        gzip: include_bytes!("journal-USCG7DLM.js.gz"),
    },
    Asset {
        name: "landing-DAEBMODQ.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("landing-DAEBMODQ.js"),
        brotli: include_bytes!("landing-DAEBMODQ.js.br"),
        gzip: include_bytes!("landing-DAEBMODQ.js.gz"),
    },
];

const STYLE: StyleFile = StyleFile {
    name: "style-UFM7I3HG",
    plain: include_bytes!("style-UFM7I3HG.css"),
    brotli: include_bytes!("style-UFM7I3HG.css.br"),
};

const PAGES: &[PageFile] = &[
    ("account", include_str!("account.html")),
    ("confirm", include_str!("confirm.html")),
    ("delegation", include_str!("delegation.html")),
    ("invitation", include_str!("invitation.html")),
    ("link", include_str!("link.html")),
    ("recovery", include_str!("recovery.html")),
    ("stop", include_str!("stop.html")),
];
