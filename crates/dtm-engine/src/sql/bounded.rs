//! A connection whose messages are bounded before any of them is kept, and that ends when the client does not listen.
//!
//! The protocol library would keep a gigabyte for a query because its head says so. Here heads are read as they pass: a
//! message that is longer than allowed, or shorter than its own head, ends the connection.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::Sleep;

/// The longest message of a client, its head not counted: a statement and its parameters.
pub(super) const MAX_MESSAGE: usize = 256 * 1024;
/// The longest message before a client has come in.
const MAX_FIRST: usize = 10_000;
/// What a client asks instead of beginning: to be encrypted, one way or another. It begins after that.
const ENCRYPTIONS: [u32; 2] = [80_877_103, 80_877_104];

/// Where in the flow of messages we are.
pub(super) struct Frames {
    head: [u8; 8],
    n_head: usize,
    /// Bytes of the message that are still to come.
    body: usize,
    /// Messages begin with a letter once the client has begun.
    has_begun: bool,
}

impl Frames {
    pub(super) fn new() -> Frames {
        Frames { head: [0; 8], n_head: 0, body: 0, has_begun: false }
    }

    /// Looks at bytes that pass.
    pub(super) fn pass(&mut self, mut bytes: &[u8]) -> io::Result<()> {
        while let Some((&byte, rest)) = bytes.split_first() {
            if self.body > 0 {
                let n = self.body.min(bytes.len());
                self.body -= n;
                bytes = &bytes[n..];
                continue;
            }
            self.head[self.n_head] = byte;
            self.n_head += 1;
            bytes = rest;
            if self.has_begun && self.n_head == 5 {
                self.begin(self.number(1), 4, MAX_MESSAGE)?;
            } else if !self.has_begun && self.n_head == 8 {
                self.has_begun = !ENCRYPTIONS.contains(&self.number(4));
                self.begin(self.number(0), 8, MAX_FIRST)?;
            }
        }
        Ok(())
    }

    fn number(&self, at: usize) -> u32 {
        u32::from_be_bytes([self.head[at], self.head[at + 1], self.head[at + 2], self.head[at + 3]])
    }

    fn begin(&mut self, length: u32, already: usize, most: usize) -> io::Result<()> {
        let length = length as usize;
        if length < already || length > most {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a message of an impossible length"));
        }
        (self.n_head, self.body) = (0, length - already);
        Ok(())
    }
}

/// A connection with bounds.
pub(super) struct Bounded<S> {
    inner: S,
    frames: Frames,
    patience: Duration,
    /// Runs while the client does not take what it is sent.
    deaf: Option<Pin<Box<Sleep>>>,
}

impl<S> Bounded<S> {
    pub(super) fn new(inner: S, frames: Frames, patience: Duration) -> Bounded<S> {
        Bounded { inner, frames, patience, deaf: None }
    }

    /// Waits no longer than patience lasts.
    fn listen<T>(&mut self, written: Poll<io::Result<T>>, context: &mut Context<'_>) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.deaf = None;
            return written;
        }
        let patience = self.patience;
        let deaf = self.deaf.get_or_insert_with(|| Box::pin(tokio::time::sleep(patience)));
        match deaf.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(self: Pin<&mut Self>, context: &mut Context<'_>, into: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = into.filled().len();
        match Pin::new(&mut this.inner).poll_read(context, into) {
            Poll::Ready(Ok(())) => Poll::Ready(this.frames.pass(&into.filled()[before..])),
            other => other,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        let written = Pin::new(&mut this.inner).poll_write(context, bytes);
        this.listen(written, context)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let flushed = Pin::new(&mut this.inner).poll_flush(context);
        this.listen(flushed, context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let closed = Pin::new(&mut this.inner).poll_shutdown(context);
        this.listen(closed, context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn startup() -> Vec<u8> {
        [&[0, 0, 0, 9][..], &[0, 3, 0, 0], &[0]].concat()
    }

    fn pass(bytes: &[u8], step: usize) -> Result<(), String> {
        let mut frames = Frames::new();
        bytes.chunks(step).try_for_each(|part| frames.pass(part)).map_err(|error| error.to_string())
    }

    #[test]
    fn lengths_that_cannot_be_are_refused_however_the_bytes_arrive() {
        let encrypt = [&[0, 0, 0, 8][..], &80_877_103_u32.to_be_bytes()].concat();
        let query = |length: u32| [startup(), vec![b'Q'], length.to_be_bytes().to_vec()].concat();
        for step in [1, 3, 1000] {
            assert!(pass(&[encrypt.clone(), startup(), b"Q\0\0\0\x05\0X\0\0\0\x04".to_vec()].concat(), step).is_ok());
            for wrong in [query(u32::MAX), query(1 << 30), query(3), query(0), vec![0x7f; 8], vec![0; 8], vec![0xff; 8]]
            {
                assert!(pass(&wrong, step).is_err(), "{wrong:?}");
            }
        }
    }

    proptest! {
        #[test]
        fn garbage_does_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400), step in 1_usize..50) {
            let _ = pass(&bytes, step);
            let _ = pass(&[startup(), bytes].concat(), step);
        }
    }
}
