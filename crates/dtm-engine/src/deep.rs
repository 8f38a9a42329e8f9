//! Work that recurses into expressions, on a thread with a deep stack.

use datafusion::error::DataFusionError;
use futures::channel::oneshot;
use tokio::runtime::Handle;

/// Room for the deepest query taken, reserved but not used by shallow ones.
const STACK_BYTES: usize = 64 << 20;

/// Runs the work on a thread of its own and waits for it. Who gives up waiting does not stop it.
pub(crate) async fn down<T: Send + 'static>(
    work: impl Future<Output = T> + Send + 'static,
) -> Result<T, DataFusionError> {
    let runtime = Handle::current();
    let (send, receive) = oneshot::channel();
    let thread = std::thread::Builder::new().name("dtm-plan".to_owned()).stack_size(STACK_BYTES);
    let run = move || {
        // Nobody waits any more if the caller gave up.
        let _ = send.send(runtime.block_on(work));
    };
    thread.spawn(run).map_err(DataFusionError::IoError)?;
    receive.await.map_err(|_| DataFusionError::Internal("planning ended early".to_owned()))
}
