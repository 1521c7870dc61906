// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "app-B55DF7RV.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("app-B55DF7RV.js"),
        brotli: include_bytes!("app-B55DF7RV.js.br"),
        gzip: include_bytes!("app-B55DF7RV.js.gz"),
    },
    Asset {
        name: "france-QFQFTKXH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-QFQFTKXH.js"),
        brotli: include_bytes!("france-QFQFTKXH.js.br"),
        gzip: include_bytes!("france-QFQFTKXH.js.gz"),
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
    name: "style-VHRAPZPA",
    plain: include_bytes!("style-VHRAPZPA.css"),
    brotli: include_bytes!("style-VHRAPZPA.css.br"),
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
