// Made by build.mjs.

const ASSETS: &[Asset] = &[
    Asset {
        name: "admin-import-VK6AIDCZ.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("admin-import-VK6AIDCZ.js"),
        brotli: include_bytes!("admin-import-VK6AIDCZ.js.br"),
        gzip: include_bytes!("admin-import-VK6AIDCZ.js.gz"),
    },
    Asset {
        name: "administration-6VKVVUAR.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("administration-6VKVVUAR.js"),
        brotli: include_bytes!("administration-6VKVVUAR.js.br"),
        gzip: include_bytes!("administration-6VKVVUAR.js.gz"),
    },
    Asset {
        name: "chunk-ENNO6II4.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("chunk-ENNO6II4.js"),
        brotli: include_bytes!("chunk-ENNO6II4.js.br"),
        gzip: include_bytes!("chunk-ENNO6II4.js.gz"),
    },
    Asset {
        name: "combobox-LE4LR2XP.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("combobox-LE4LR2XP.js"),
        brotli: include_bytes!("combobox-LE4LR2XP.js.br"),
        gzip: include_bytes!("combobox-LE4LR2XP.js.gz"),
    },
    Asset {
        name: "defaults-UK5IGOGG.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("defaults-UK5IGOGG.js"),
        brotli: include_bytes!("defaults-UK5IGOGG.js.br"),
        gzip: include_bytes!("defaults-UK5IGOGG.js.gz"),
    },
    Asset {
        name: "france-QFQFTKXH.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("france-QFQFTKXH.js"),
        brotli: include_bytes!("france-QFQFTKXH.js.br"),
        gzip: include_bytes!("france-QFQFTKXH.js.gz"),
    },
    Asset {
        name: "journal-HJXFEF3O.js",
        content_type: "text/javascript; charset=utf-8",
        plain: include_bytes!("journal-HJXFEF3O.js"),
        brotli: include_bytes!("journal-HJXFEF3O.js.br"),
        gzip: include_bytes!("journal-HJXFEF3O.js.gz"),
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
