/// Any error that ends a function.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Runs a function on one thread: it handles one invocation at a time.
///
/// # Errors
/// Those of the work, or no thread can be had.
pub fn start<T>(work: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(work)
}
