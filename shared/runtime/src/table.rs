//! Errors of the table, apart from it: HTTP and queues answer by them. Each keeps the one that it
//! comes from; nothing of that is logged or shown, since it may quote what is stored.

use std::{error::Error, fmt, sync::Arc};

/// The reason for which the table did not do as it was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// A condition did not hold where the caller had no use for knowing which.
    Refused,
    /// Others kept writing the same items; trying later will do.
    Conflict,
    /// The table did not answer, or answered that it cannot now. Holds AWS's error code.
    Unavailable(String, Source),
    /// An item is not what it should be. Holds which.
    Corrupt(&'static str, Source),
    /// A request or an item could not be made: a fault of ours. Holds which.
    Unbuildable(&'static str, Source),
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused => f.write_str("a condition did not hold"),
            Self::Conflict => f.write_str("conflicting writes"),
            Self::Unavailable(code, _) => write!(f, "the table is unavailable: {code}"),
            Self::Corrupt(what, _) => write!(f, "unreadable item: {what}"),
            Self::Unbuildable(what, _) => write!(f, "cannot be built: {what}"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Refused | Self::Conflict => None,
            Self::Unavailable(_, source)
            | Self::Corrupt(_, source)
            | Self::Unbuildable(_, source) => source
                .0
                .as_deref()
                .map(|source| source as &(dyn Error + 'static)),
        }
    }
}

/// The error that another one comes from. It decides nothing: two errors are equal whatever they
/// come from.
#[derive(Clone, Default)]
pub struct Source(Option<Arc<dyn Error + Send + Sync>>);

impl Source {
    /// None: the error is the first.
    pub const NONE: Self = Self(None);

    /// Keeps an error.
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        Self(Some(Arc::new(error)))
    }
}

impl PartialEq for Source {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Source {}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Source")
    }
}

/// The result of every access to the table.
pub type Result<T> = std::result::Result<T, StoreError>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_keeps_the_one_that_it_comes_from_and_shows_nothing_of_it() {
        let from = || Source::new(std::io::Error::other("zoe@example.fr"));
        for error in [
            StoreError::Unavailable("timeout".to_owned(), from()),
            StoreError::Corrupt("account", from()),
            StoreError::Unbuildable("batch", from()),
        ] {
            assert_eq!(
                error.source().expect("a source").to_string(),
                "zoe@example.fr"
            );
            assert!(!format!("{error} {error:?}").contains("zoe"));
        }
        assert!(
            StoreError::Conflict.source().is_none()
                && StoreError::Corrupt("account", Source::NONE)
                    .source()
                    .is_none()
        );
    }

    #[test]
    fn what_could_not_be_built_is_not_corrupt() {
        assert_ne!(
            StoreError::Unbuildable("item", Source::NONE),
            StoreError::Corrupt("item", Source::NONE)
        );
        assert_eq!(
            StoreError::Corrupt("item", Source::NONE),
            StoreError::Corrupt("item", Source::new(std::fmt::Error))
        );
    }
}
