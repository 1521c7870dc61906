//! Reading, writing, and both again where somebody else wrote in between.

use crate::table::StoreError;

/// Number of tries after which others are said to be in the way.
const TRIES: usize = 6;

/// The tries of a change that is made of what was read, and made again of what is there now.
#[derive(Debug, Default)]
pub struct Tries(usize);

impl Tries {
    /// Begins the next.
    ///
    /// # Errors
    /// A conflict: others wrote in between each time.
    pub fn begin(&mut self) -> Result<(), StoreError> {
        self.0 += 1;
        if self.0 > TRIES {
            return Err(StoreError::Conflict);
        }
        Ok(())
    }
}

/// Returns what a write gave, or nothing if its condition did not hold.
///
/// # Errors
/// Any other failure.
pub fn unless_refused<T>(written: Result<T, StoreError>) -> Result<Option<T>, StoreError> {
    match written {
        Err(StoreError::Refused) => Ok(None),
        done => done.map(Some),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::Source;

    #[test]
    fn who_is_never_fast_enough_ends_with_a_conflict() {
        let mut tries = Tries::default();
        let begun: Vec<_> = (0..8).map(|_| tries.begin()).collect();
        assert_eq!(begun[..6], [const { Ok(()) }; 6]);
        assert_eq!(begun[6..], [const { Err(StoreError::Conflict) }; 2]);
    }

    #[test]
    fn only_a_refusal_is_tried_again() {
        let failed = || StoreError::Corrupt("account", Source::NONE);
        assert_eq!(unless_refused(Ok(1)), Ok(Some(1)));
        assert_eq!(unless_refused::<()>(Err(StoreError::Refused)), Ok(None));
        assert_eq!(unless_refused::<()>(Err(failed())), Err(failed()));
        assert_eq!(
            unless_refused::<()>(Err(StoreError::Conflict)),
            Err(StoreError::Conflict)
        );
    }
}
