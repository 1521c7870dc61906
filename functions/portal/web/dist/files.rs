// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "admin-import-3MRQL24U.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("admin-import-3MRQL24U.js"),
        brotli: include_bytes!("admin-import-3MRQL24U.js.br"),
        gzip: include_bytes!("admin-import-3MRQL24U.js.gz"),
    },
    Asset {
        name: "administration-HMMHGFOD.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("administration-HMMHGFOD.js"),
        brotli: include_bytes!("administration-HMMHGFOD.js.br"),
        gzip: include_bytes!("administration-HMMHGFOD.js.gz"),
    },
    Asset {
        name: "chunk-HDW3FNUS.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("chunk-HDW3FNUS.js"),
        brotli: include_bytes!("chunk-HDW3FNUS.js.br"),
        gzip: include_bytes!("chunk-HDW3FNUS.js.gz"),
    },
    Asset {
        name: "combobox-2GJPP3KJ.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("combobox-2GJPP3KJ.js"),
        brotli: include_bytes!("combobox-2GJPP3KJ.js.br"),
        gzip: include_bytes!("combobox-2GJPP3KJ.js.gz"),
    },
    Asset {
        name: "france-PXWKTRIS.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-PXWKTRIS.js"),
        brotli: include_bytes!("france-PXWKTRIS.js.br"),
        gzip: include_bytes!("france-PXWKTRIS.js.gz"),
    },
    Asset {
        name: "journal-O4WQNF6N.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("journal-O4WQNF6N.js"),
        brotli: include_bytes!("journal-O4WQNF6N.js.br"),
        gzip: include_bytes!("journal-O4WQNF6N.js.gz"),
    },
    Asset {
        name: "landing-OXQD6RGB.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("landing-OXQD6RGB.js"),
        brotli: include_bytes!("landing-OXQD6RGB.js.br"),
        gzip: include_bytes!("landing-OXQD6RGB.js.gz"),
    },
];

const STYLE: StyleFile = StyleFile {
    name: "style-RTSPBDFZ",
    plain: include_bytes!("style-RTSPBDFZ.css"),
    brotli: include_bytes!("style-RTSPBDFZ.css.br"),
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
