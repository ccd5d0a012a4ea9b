//! Where are declarations worked on? On threads of their own, which step back for the threads that answer.
//!
//! Reading, checking and pricing a message keeps a core busy ten times as long as answering a verification. On the
//! same threads a verification would stand in line behind every declaration that came before it; here the system
//! decides between threads, and those that answer go first. Connections that submit are served here too, and lists of
//! declarations are made here.

use rustix::process::setpriority_process;
use std::io;
use std::thread::available_parallelism;
use tokio::runtime::{Builder, Handle, Runtime};

/// The threads and their queue.
#[derive(Debug)]
pub(crate) struct Workshop(Option<Runtime>);

impl Workshop {
    /// With a thread for each core.
    ///
    /// # Errors
    /// When the system gives no threads.
    pub(crate) fn open() -> io::Result<Self> {
        let runtime = Builder::new_multi_thread()
            .worker_threads(available_parallelism()?.get())
            .thread_name("workshop")
            .on_thread_start(|| {
                // Of this thread, whoever started it. Refused only where even that is forbidden; then all threads are equal,
                // as they would be without it.
                let _ = setpriority_process(None, STEP_BACK);
            })
            .enable_all()
            .build()?;
        Ok(Self(Some(runtime)))
    }

    /// Does a piece of work there, also when whoever waits for it goes away. `None` when it panicked.
    pub(crate) async fn done<T: Send + 'static>(&self, work: impl Future<Output = T> + Send + 'static) -> Option<T> {
        self.handle()?.spawn(work).await.ok()
    }

    /// Where tasks are given to it.
    pub(crate) fn handle(&self) -> Option<&Handle> {
        self.0.as_ref().map(Runtime::handle)
    }
}

impl Drop for Workshop {
    fn drop(&mut self) {
        // Waiting for the threads would block the one that drops us; the work that was promised is done by then.
        if let Some(runtime) = self.0.take() {
            runtime.shutdown_background();
        }
    }
}

/// Of Linux' twenty steps: a tenth of the share of a thread that answers, where both want all of a core. The approval
/// writer stands between the two.
const STEP_BACK: i32 = 10;
