// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "app-QQRKD7HG.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("app-QQRKD7HG.js"),
        brotli: include_bytes!("app-QQRKD7HG.js.br"),
        gzip: include_bytes!("app-QQRKD7HG.js.gz"),
    },
    Asset {
        name: "france-RAFA64MY.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-RAFA64MY.js"),
        brotli: include_bytes!("france-RAFA64MY.js.br"),
        gzip: include_bytes!("france-RAFA64MY.js.gz"),
    },
    Asset {
        name: "landing-AKYGIVBT.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("landing-AKYGIVBT.js"),
        brotli: include_bytes!("landing-AKYGIVBT.js.br"),
        gzip: include_bytes!("landing-AKYGIVBT.js.gz"),
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
