// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "admin-import-CWXFFTVU.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("admin-import-CWXFFTVU.js"),
        brotli: include_bytes!("admin-import-CWXFFTVU.js.br"),
        gzip: include_bytes!("admin-import-CWXFFTVU.js.gz"),
    },
    Asset {
        name: "administration-7CRGNCYO.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("administration-7CRGNCYO.js"),
        brotli: include_bytes!("administration-7CRGNCYO.js.br"),
        gzip: include_bytes!("administration-7CRGNCYO.js.gz"),
    },
    Asset {
        name: "chunk-INZIAZBW.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("chunk-INZIAZBW.js"),
        brotli: include_bytes!("chunk-INZIAZBW.js.br"),
        gzip: include_bytes!("chunk-INZIAZBW.js.gz"),
    },
    Asset {
        name: "combobox-PUMTJDSQ.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("combobox-PUMTJDSQ.js"),
        brotli: include_bytes!("combobox-PUMTJDSQ.js.br"),
        gzip: include_bytes!("combobox-PUMTJDSQ.js.gz"),
    },
    Asset {
        name: "defaults-A64RG7MZ.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("defaults-A64RG7MZ.js"),
        brotli: include_bytes!("defaults-A64RG7MZ.js.br"),
        gzip: include_bytes!("defaults-A64RG7MZ.js.gz"),
    },
    Asset {
        name: "france-QFQFTKXH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-QFQFTKXH.js"),
        brotli: include_bytes!("france-QFQFTKXH.js.br"),
        gzip: include_bytes!("france-QFQFTKXH.js.gz"),
    },
    Asset {
        name: "journal-J7PIVAZO.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("journal-J7PIVAZO.js"),
        brotli: include_bytes!("journal-J7PIVAZO.js.br"),
        gzip: include_bytes!("journal-J7PIVAZO.js.gz"),
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
