//! The operator's colour, in light and in dark, as a style sheet over that of the pages.

use serde::Deserialize;
use vigie_domain::{id::digest, text::Invalid};

/// Least contrast of text with what lies behind it (RGAA 3.2, WCAG 1.4.3).
const LEAST: f64 = 4.5;

/// Backgrounds of the pages and mails that the colour is read on, in light; they stand in
/// `functions/portal/web/src/style.css` too.
pub const LIGHT: [&str; 7] = [
    "#f4f5f8", "#ffffff", "#eef2f8", "#eaf5ee", "#fdf5e3", "#fceeed", "#eef1f4",
];

/// Backgrounds of the dark theme.
pub const DARK: [&str; 6] = [
    "#11141a", "#1a1f28", "#232b38", "#17291f", "#2c2516", "#321d1c",
];

/// Colour of a text on the operator's: the first in light, the second in dark.
pub const ON: [&str; 2] = ["#ffffff", "#0c1a2e"];

/// A colour of three bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Colour([u8; 3]);

impl Colour {
    /// Reads `#rrggbb`.
    ///
    /// # Errors
    /// It is spelt otherwise.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        const WRONG: Invalid = Invalid("must be a colour such as #1f4e8c");
        let digits = text.strip_prefix('#').filter(|digits| digits.len() == 6);
        let digits = digits.filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let all = digits.and_then(|digits| u32::from_str_radix(digits, 16).ok());
        let [_, red, green, blue] = all.ok_or(WRONG)?.to_be_bytes();
        Ok(Self([red, green, blue]))
    }

    /// Returns its contrast with another (WCAG 2.1): 1 to 21.
    #[must_use]
    pub fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    fn luminance(self) -> f64 {
        let linear = self.0.map(|byte| {
            let part = f64::from(byte) / 255.0;
            if part <= 0.04045 {
                part / 12.92
            } else {
                ((part + 0.055) / 1.055).powf(2.4)
            }
        });
        linear[0] * 0.2126 + linear[1] * 0.7152 + linear[2] * 0.0722
    }

    /// Returns it a quarter nearer to black or white.
    fn towards(self, end: u8) -> Self {
        let nearer = |byte: u8| u8::try_from((u16::from(byte) * 3 + u16::from(end)) / 4);
        Self(self.0.map(|byte| nearer(byte).unwrap_or(end)))
    }

    /// Checks that it can be read on all of these, or says on which it cannot.
    fn require_contrast(self, behind: &[&str]) -> Result<(), String> {
        for behind in behind {
            let other = Self::parse(behind).map_err(|e| e.0.to_owned())?;
            let contrast = self.contrast(other);
            if contrast < LEAST {
                return Err(format!(
                    "{self} has a contrast of {contrast:.2} with {behind}: at least {LEAST} is needed"
                ));
            }
        }
        Ok(())
    }
}

impl TryFrom<String> for Colour {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        Self::parse(&text)
    }
}

impl std::fmt::Display for Colour {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The colour of links and buttons in both themes. One that exists can be read wherever it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Given")]
pub struct Colours {
    /// In light, and in mails.
    pub light: Colour,
    /// In dark.
    pub dark: Colour,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Given {
    light: Colour,
    dark: Colour,
}

impl TryFrom<Given> for Colours {
    type Error = String;

    fn try_from(Given { light, dark }: Given) -> Result<Self, String> {
        light.require_contrast(&LIGHT)?;
        light.require_contrast(&ON[..1])?;
        dark.require_contrast(&DARK)?;
        dark.require_contrast(&ON[1..])?;
        Ok(Self { light, dark })
    }
}

/// Rules that stand behind those of the pages in one style sheet, whose name changes with them.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The end of the name.
    pub name: String,
    /// The rules.
    pub css: String,
}

impl Colours {
    /// Returns the rules that put the colours in the place of the pages' own.
    #[must_use]
    pub fn sheet(&self) -> Sheet {
        let rules = |colour: Colour, end| {
            format!(
                ":root{{--accent:{colour};--accent-strong:{}}}",
                colour.towards(end)
            )
        };
        let css = format!(
            "{}\n@media (prefers-color-scheme:dark){{{}}}\n",
            rules(self.light, 0),
            rules(self.dark, 255)
        );
        let name = format!("-{}", digest(&[&css]));
        Sheet { name, css }
    }
}
