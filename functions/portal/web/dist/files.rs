// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "admin-import-YM7M2X7N.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("admin-import-YM7M2X7N.js"),
        brotli: include_bytes!("admin-import-YM7M2X7N.js.br"),
        gzip: include_bytes!("admin-import-YM7M2X7N.js.gz"),
    },
    Asset {
        name: "chunk-ZSUMXV2N.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("chunk-ZSUMXV2N.js"),
        brotli: include_bytes!("chunk-ZSUMXV2N.js.br"),
        gzip: include_bytes!("chunk-ZSUMXV2N.js.gz"),
    },
    Asset {
        name: "combobox-EBKXXBU6.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("combobox-EBKXXBU6.js"),
        brotli: include_bytes!("combobox-EBKXXBU6.js.br"),
        gzip: include_bytes!("combobox-EBKXXBU6.js.gz"),
    },
    Asset {
        name: "defaults-KVQX5DRU.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("defaults-KVQX5DRU.js"),
        brotli: include_bytes!("defaults-KVQX5DRU.js.br"),
        gzip: include_bytes!("defaults-KVQX5DRU.js.gz"),
    },
    Asset {
        name: "desk-UWVBARAP.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("desk-UWVBARAP.js"),
        brotli: include_bytes!("desk-UWVBARAP.js.br"),
        gzip: include_bytes!("desk-UWVBARAP.js.gz"),
    },
    Asset {
        name: "france-QFQFTKXH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-QFQFTKXH.js"),
        brotli: include_bytes!("france-QFQFTKXH.js.br"),
        gzip: include_bytes!("france-QFQFTKXH.js.gz"),
    },
    Asset {
        name: "journal-OYITXVX5.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("journal-OYITXVX5.js"),
        brotli: include_bytes!("journal-OYITXVX5.js.br"),
        gzip: include_bytes!("journal-OYITXVX5.js.gz"),
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
