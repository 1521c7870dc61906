// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "app-REZKYGTC.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("app-REZKYGTC.js"),
        brotli: include_bytes!("app-REZKYGTC.js.br"),
        gzip: include_bytes!("app-REZKYGTC.js.gz"),
    },
    Asset {
        name: "france-QFQFTKXH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-QFQFTKXH.js"),
        brotli: include_bytes!("france-QFQFTKXH.js.br"),
        gzip: include_bytes!("france-QFQFTKXH.js.gz"),
    },
    Asset {
        name: "landing-EDDP3SWH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("landing-EDDP3SWH.js"),
        brotli: include_bytes!("landing-EDDP3SWH.js.br"),
        gzip: include_bytes!("landing-EDDP3SWH.js.gz"),
    },
    Asset {
        name: "style-34BDGV4P.css",
        content_type: "text/css; charset=utf-8",
        plain: include_bytes!("style-34BDGV4P.css"),
        brotli: include_bytes!("style-34BDGV4P.css.br"),
        gzip: include_bytes!("style-34BDGV4P.css.gz"),
    },
];

const PAGES: &[PageFile] = &[
    ("account", include_str!("account.html")),
    ("confirm", include_str!("confirm.html")),
    ("invitation", include_str!("invitation.html")),
    ("link", include_str!("link.html")),
    ("delegation", include_str!("delegation.html")),
];
