// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
<<<<<<< HEAD
        name: "app-4CE3B2Z7.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("app-4CE3B2Z7.js"),
        brotli: include_bytes!("app-4CE3B2Z7.js.br"),
        gzip: include_bytes!("app-4CE3B2Z7.js.gz"),
=======
        name: "app-MFQCHMYO.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("app-MFQCHMYO.js"),
        brotli: include_bytes!("app-MFQCHMYO.js.br"),
        gzip: include_bytes!("app-MFQCHMYO.js.gz"),
>>>>>>> cfbb8a07 (build: descriptions and the page's bundle, made anew)
    },
    Asset {
        name: "france-PXWKTRIS.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-PXWKTRIS.js"),
        brotli: include_bytes!("france-PXWKTRIS.js.br"),
        gzip: include_bytes!("france-PXWKTRIS.js.gz"),
    },
    Asset {
<<<<<<< HEAD
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
=======
        name: "landing-OXQD6RGB.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("landing-OXQD6RGB.js"),
        brotli: include_bytes!("landing-OXQD6RGB.js.br"),
        gzip: include_bytes!("landing-OXQD6RGB.js.gz"),
>>>>>>> cfbb8a07 (build: descriptions and the page's bundle, made anew)
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
