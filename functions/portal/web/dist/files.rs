// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "app-T2YP5PIH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("app-T2YP5PIH.js"),
        brotli: include_bytes!("app-T2YP5PIH.js.br"),
        gzip: include_bytes!("app-T2YP5PIH.js.gz"),
    },
    Asset {
        name: "france-QFQFTKXH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-QFQFTKXH.js"),
        brotli: include_bytes!("france-QFQFTKXH.js.br"),
        gzip: include_bytes!("france-QFQFTKXH.js.gz"),
    },
    Asset {
        name: "landing-74FY5KAO.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("landing-74FY5KAO.js"),
        brotli: include_bytes!("landing-74FY5KAO.js.br"),
        gzip: include_bytes!("landing-74FY5KAO.js.gz"),
    },
    Asset {
        name: "style-XWZWAPS3.css",
        content_type: "text/css; charset=utf-8",
        plain: include_bytes!("style-XWZWAPS3.css"),
        brotli: include_bytes!("style-XWZWAPS3.css.br"),
        gzip: include_bytes!("style-XWZWAPS3.css.gz"),
    },
];

const PAGES: &[PageFile] = &[
    ("account", include_str!("account.html")),
    ("confirm", include_str!("confirm.html")),
    ("invitation", include_str!("invitation.html")),
    ("link", include_str!("link.html")),
    ("delegation", include_str!("delegation.html")),
];
