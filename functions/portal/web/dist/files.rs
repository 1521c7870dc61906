// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "admin-import-4RF2KMAF.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("admin-import-4RF2KMAF.js"),
        brotli: include_bytes!("admin-import-4RF2KMAF.js.br"),
        gzip: include_bytes!("admin-import-4RF2KMAF.js.gz"),
    },
    Asset {
        name: "administration-YCTPIRRC.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("administration-YCTPIRRC.js"),
        brotli: include_bytes!("administration-YCTPIRRC.js.br"),
        gzip: include_bytes!("administration-YCTPIRRC.js.gz"),
    },
    Asset {
        name: "chunk-IBJEFBN5.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("chunk-IBJEFBN5.js"),
        brotli: include_bytes!("chunk-IBJEFBN5.js.br"),
        gzip: include_bytes!("chunk-IBJEFBN5.js.gz"),
    },
    Asset {
        name: "combobox-DAVQDV3G.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("combobox-DAVQDV3G.js"),
        brotli: include_bytes!("combobox-DAVQDV3G.js.br"),
        gzip: include_bytes!("combobox-DAVQDV3G.js.gz"),
    },
    Asset {
        name: "defaults-HSWWF7SQ.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("defaults-HSWWF7SQ.js"),
        brotli: include_bytes!("defaults-HSWWF7SQ.js.br"),
        gzip: include_bytes!("defaults-HSWWF7SQ.js.gz"),
    },
    Asset {
        name: "france-QFQFTKXH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-QFQFTKXH.js"),
        brotli: include_bytes!("france-QFQFTKXH.js.br"),
        gzip: include_bytes!("france-QFQFTKXH.js.gz"),
    },
    Asset {
        name: "journal-DWJXP24A.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("journal-DWJXP24A.js"),
        brotli: include_bytes!("journal-DWJXP24A.js.br"),
        gzip: include_bytes!("journal-DWJXP24A.js.gz"),
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
