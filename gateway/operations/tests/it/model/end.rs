//! The end of a process without a word, as far as one process can play it: what was being done is dropped at one of its
//! waits, and office and store are opened anew. What the database was told until then goes on, as after a real end.

use super::World;
use crate::stage::Stage;
use std::pin::pin;
use std::task::Poll;

/// Waits of the longest acts; most end sooner, and then their answer is lost.
const WAITS_MAX: usize = 24;

impl World {
    /// Does an act; where this step is cut, first up to one of its waits, and then all of it again, as whoever got no answer
    /// does. Tells whether it was done again.
    pub(super) async fn act<T>(&mut self, act: impl AsyncFn(&Stage) -> T) -> (T, bool) {
        let is_cut = std::mem::take(&mut self.is_cut);
        if is_cut {
            // Rather early than late: most acts have few waits.
            let most = 1 + self.random.place(WAITS_MAX);
            let waits = self.random.place(most);
            let done = up_to_wait(waits, Box::pin(act(&self.stage))).await;
            self.cut_short += usize::from(done.is_none());
            self.stage = self.stage.killed(&self.url).await;
            self.bank.serve(&self.stage.office);
            self.cuts += 1;
        }
        (Box::pin(act(&self.stage)).await, is_cut)
    }
}

/// Runs a future up to a wait of a number, and drops it there; what came of it where it ended before.
async fn up_to_wait<T>(mut waits: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    std::future::poll_fn(|context| match future.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending if waits == 0 => Poll::Ready(None),
        Poll::Pending => {
            waits -= 1;
            Poll::Pending
        }
    })
    .await
}
