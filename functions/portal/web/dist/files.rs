// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "app-KWXR5O3I.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("app-KWXR5O3I.js"),
        brotli: include_bytes!("app-KWXR5O3I.js.br"),
        gzip: include_bytes!("app-KWXR5O3I.js.gz"),
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
        name: "style-LKESMMWC.css",
        content_type: "text/css; charset=utf-8",
        plain: include_bytes!("style-LKESMMWC.css"),
        brotli: include_bytes!("style-LKESMMWC.css.br"),
        gzip: include_bytes!("style-LKESMMWC.css.gz"),
    },
];

const PAGES: &[PageFile] = &[
    ("account", include_str!("account.html")),
    ("confirm", include_str!("confirm.html")),
    ("invitation", include_str!("invitation.html")),
    ("link", include_str!("link.html")),
    ("delegation", include_str!("delegation.html")),
];
