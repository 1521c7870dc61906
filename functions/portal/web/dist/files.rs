// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "admin-import-KQEP5YRK.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("admin-import-KQEP5YRK.js"),
        brotli: include_bytes!("admin-import-KQEP5YRK.js.br"),
        gzip: include_bytes!("admin-import-KQEP5YRK.js.gz"),
    },
    Asset {
        name: "administration-H3NLNWJ7.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("administration-H3NLNWJ7.js"),
        brotli: include_bytes!("administration-H3NLNWJ7.js.br"),
        gzip: include_bytes!("administration-H3NLNWJ7.js.gz"),
    },
    Asset {
        name: "chunk-DGTERBRQ.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("chunk-DGTERBRQ.js"),
        brotli: include_bytes!("chunk-DGTERBRQ.js.br"),
        gzip: include_bytes!("chunk-DGTERBRQ.js.gz"),
    },
    Asset {
        name: "combobox-EHINFXIW.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("combobox-EHINFXIW.js"),
        brotli: include_bytes!("combobox-EHINFXIW.js.br"),
        gzip: include_bytes!("combobox-EHINFXIW.js.gz"),
    },
    Asset {
        name: "defaults-SF56PW36.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("defaults-SF56PW36.js"),
        brotli: include_bytes!("defaults-SF56PW36.js.br"),
        gzip: include_bytes!("defaults-SF56PW36.js.gz"),
    },
    Asset {
        name: "france-QFQFTKXH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-QFQFTKXH.js"),
        brotli: include_bytes!("france-QFQFTKXH.js.br"),
        gzip: include_bytes!("france-QFQFTKXH.js.gz"),
    },
    Asset {
        name: "journal-M52F47WN.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("journal-M52F47WN.js"),
        brotli: include_bytes!("journal-M52F47WN.js.br"),
        gzip: include_bytes!("journal-M52F47WN.js.gz"),
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
