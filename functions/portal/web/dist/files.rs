// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "app-TQDCIGYV.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("app-TQDCIGYV.js"),
        brotli: include_bytes!("app-TQDCIGYV.js.br"),
        gzip: include_bytes!("app-TQDCIGYV.js.gz"),
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
        name: "style-Z2ZDX5BA.css",
        content_type: "text/css; charset=utf-8",
        plain: include_bytes!("style-Z2ZDX5BA.css"),
        brotli: include_bytes!("style-Z2ZDX5BA.css.br"),
        gzip: include_bytes!("style-Z2ZDX5BA.css.gz"),
    },
];

const PAGES: &[PageFile] = &[
    ("account", include_str!("account.html")),
    ("confirm", include_str!("confirm.html")),
    ("invitation", include_str!("invitation.html")),
    ("link", include_str!("link.html")),
    ("delegation", include_str!("delegation.html")),
];
