//! Who does what takes long, such as unpacking and reading a large message, while everybody else is answered?
//!
//! One piece of work at a time, on a thread of its own that gives way to all others: large messages wait for each
//! other, never a small one for them, and the memory that reading takes is taken once.

use ebirlik_domain::decision::Fault;
use std::thread;
use tokio::sync::{Semaphore, oneshot};

/// Does the work when it is its turn. Whoever hangs up meanwhile does not give the turn away before the work is done.
///
/// # Errors
/// When there is no thread for it, or the work broke down.
pub(crate) async fn in_turn<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Fault> {
    let turn = TURN.acquire().await.map_err(|_| Fault::Unavailable)?;
    let (tell, told) = oneshot::channel();
    let thread = thread::Builder::new().name("long".to_owned()).spawn(move || {
        give_way();
        let done = work();
        drop(turn);
        // Nobody listens any more when the client has hung up.
        let _unheard = tell.send(done);
    });
    thread.map_err(|_| Fault::Unavailable)?;
    told.await.map_err(|_| Fault::Unavailable)
}

/// On Linux this is of the calling thread alone; elsewhere it would be of the whole process.
fn give_way() {
    #[cfg(target_os = "linux")]
    {
        // A machine that does not allow it reads large messages all the same.
        let _refused = rustix::process::setpriority_process(None, GIVES_WAY);
    }
}

/// Large messages hold it one after the other.
static TURN: Semaphore = Semaphore::const_new(1);
/// Of Linux' twenty steps: about a third of the time that a thread of the workshop gets, where both want all of it.
#[cfg(target_os = "linux")]
const GIVES_WAY: i32 = 15;

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    #[tokio::test(flavor = "multi_thread")]
    async fn one_at_a_time_even_when_the_client_hangs_up() {
        let busy = Arc::new(AtomicUsize::new(0));
        let work = || {
            let busy = Arc::clone(&busy);
            in_turn(move || {
                let others = busy.fetch_add(1, Ordering::SeqCst);
                thread::sleep(Duration::from_millis(20));
                busy.fetch_sub(1, Ordering::SeqCst);
                others
            })
        };
        // This one is begun, and nobody waits for it.
        assert!(tokio::time::timeout(Duration::from_millis(5), work()).await.is_err());
        let (one, two) = tokio::join!(work(), work());
        assert_eq!((one, two), (Ok(0), Ok(0)));
    }

    #[tokio::test]
    async fn work_that_breaks_down_is_a_fault_and_gives_its_turn_back() {
        assert_eq!(in_turn(|| assert_eq!(1, 2, "broken on purpose")).await, Err(Fault::Unavailable));
        assert_eq!(in_turn(|| 3).await, Ok(3));
    }
}
