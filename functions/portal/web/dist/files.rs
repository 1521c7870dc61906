// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "app-4CE3B2Z7.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("app-4CE3B2Z7.js"),
        brotli: include_bytes!("app-4CE3B2Z7.js.br"),
        gzip: include_bytes!("app-4CE3B2Z7.js.gz"),
    },
    Asset {
        name: "france-QFQFTKXH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-QFQFTKXH.js"),
        brotli: include_bytes!("france-QFQFTKXH.js.br"),
        gzip: include_bytes!("france-QFQFTKXH.js.gz"),
    },
    Asset {
        name: "landing-5J7SC6UV.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("landing-5J7SC6UV.js"),
        brotli: include_bytes!("landing-5J7SC6UV.js.br"),
        gzip: include_bytes!("landing-5J7SC6UV.js.gz"),
    },
    Asset {
        name: "style-OMMPUAA5.css",
        content_type: "text/css; charset=utf-8",
        plain: include_bytes!("style-OMMPUAA5.css"),
        brotli: include_bytes!("style-OMMPUAA5.css.br"),
        gzip: include_bytes!("style-OMMPUAA5.css.gz"),
    },
];

const PAGES: &[PageFile] = &[
    ("account", include_str!("account.html")),
    ("confirm", include_str!("confirm.html")),
    ("delegation", include_str!("delegation.html")),
    ("invitation", include_str!("invitation.html")),
    ("link", include_str!("link.html")),
    ("recovery", include_str!("recovery.html")),
    ("stop", include_str!("stop.html")),
];
