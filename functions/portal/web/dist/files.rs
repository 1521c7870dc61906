// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "admin-import-X6XWN7J4.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("admin-import-X6XWN7J4.js"),
        brotli: include_bytes!("admin-import-X6XWN7J4.js.br"),
        gzip: include_bytes!("admin-import-X6XWN7J4.js.gz"),
    },
    Asset {
        name: "chunk-EKQTYKTY.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("chunk-EKQTYKTY.js"),
        brotli: include_bytes!("chunk-EKQTYKTY.js.br"),
        gzip: include_bytes!("chunk-EKQTYKTY.js.gz"),
    },
    Asset {
        name: "combobox-AODYTBCM.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("combobox-AODYTBCM.js"),
        brotli: include_bytes!("combobox-AODYTBCM.js.br"),
        gzip: include_bytes!("combobox-AODYTBCM.js.gz"),
    },
    Asset {
        name: "defaults-QDVFGM5I.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("defaults-QDVFGM5I.js"),
        brotli: include_bytes!("defaults-QDVFGM5I.js.br"),
        gzip: include_bytes!("defaults-QDVFGM5I.js.gz"),
    },
    Asset {
        name: "desk-RKNHH3YX.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("desk-RKNHH3YX.js"),
        brotli: include_bytes!("desk-RKNHH3YX.js.br"),
        gzip: include_bytes!("desk-RKNHH3YX.js.gz"),
    },
    Asset {
        name: "france-QFQFTKXH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-QFQFTKXH.js"),
        brotli: include_bytes!("france-QFQFTKXH.js.br"),
        gzip: include_bytes!("france-QFQFTKXH.js.gz"),
    },
    Asset {
        name: "journal-WZSLMHRE.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("journal-WZSLMHRE.js"),
        brotli: include_bytes!("journal-WZSLMHRE.js.br"),
        gzip: include_bytes!("journal-WZSLMHRE.js.gz"),
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
