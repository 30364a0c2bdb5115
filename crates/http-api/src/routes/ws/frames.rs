use std::{
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{dev::Payload, error::PayloadError, web::Bytes};
use futures_util::Stream;

/// The longest head of a frame: two bytes, eight of length, four of mask (RFC 6455 §5.2).
const LONGEST_HEAD: usize = 14;

/// The maximum number of frames of a message: each takes memory, even if it is empty.
const MOST_PIECES: u32 = 1_024;

/// The bytes of a socket. The head of every frame is read as it passes: the parser behind this one checks
/// the length of a frame only once the whole frame has arrived.
pub(super) struct Frames {
    bytes: Payload,
    most: u64,
    head: Head,
    /// Bytes of the current frame that have not passed yet.
    rest: u64,
    /// Frames of the current message.
    pieces: u32,
}

/// The part of a frame's head that has passed.
#[derive(Default)]
struct Head {
    bytes: [u8; LONGEST_HEAD],
    length: usize,
}

impl Frames {
    /// Limits frames to `most` bytes.
    pub(super) fn of(bytes: Payload, most: usize) -> Self {
        Self { bytes, most: most as u64, head: Head::default(), rest: 0, pieces: 0 }
    }

    /// Reads the heads that begin or end in these bytes.
    fn pass(&mut self, mut bytes: &[u8]) -> Result<(), PayloadError> {
        while !bytes.is_empty() {
            if self.rest > 0 {
                let here = usize::try_from(self.rest).unwrap_or(usize::MAX).min(bytes.len());
                bytes = &bytes[here..];
                self.rest -= here as u64;
                continue;
            }
            let length = self.head.take(bytes[0]);
            bytes = &bytes[1..];
            if let Some(length) = length {
                self.count_pieces();
                if length > self.most || self.pieces > MOST_PIECES {
                    return Err(PayloadError::Overflow);
                }
                self.rest = length;
            }
        }
        Ok(())
    }
}

impl Frames {
    /// Counts the frame whose head has passed.
    fn count_pieces(&mut self) {
        const LAST: u8 = 0x80;
        let [first, ..] = self.head.bytes;
        match first & 0x0f {
            // Control frames may come between the frames of a message.
            0x8.. => {}
            _ if first & LAST != 0 => self.pieces = 0,
            _ => self.pieces += 1,
        }
    }
}

impl Head {
    /// Adds a byte. Returns the length of the frame's payload once the head is complete.
    fn take(&mut self, byte: u8) -> Option<u64> {
        self.bytes[self.length] = byte;
        self.length += 1;
        let [_, second, ..] = self.bytes;
        let (short, mask) = (second & 0x7f, usize::from(second >> 7) * 4);
        let extended = match short {
            126 => 2,
            127 => 8,
            _ => 0,
        };
        if self.length < 2 || self.length < 2 + extended + mask {
            return None;
        }
        let length = self.bytes[2..2 + extended]
            .iter()
            .fold(0, |length: u64, byte| length << 8 | u64::from(*byte));
        self.length = 0;
        Some(if extended == 0 { short.into() } else { length })
    }
}

impl Stream for Frames {
    type Item = Result<Bytes, PayloadError>;

    fn poll_next(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, PayloadError>>> {
        let polled = Pin::new(&mut self.bytes).poll_next(context);
        if let Poll::Ready(Some(Ok(bytes))) = &polled
            && let Err(error) = self.pass(bytes)
        {
            return Poll::Ready(Some(Err(error)));
        }
        polled
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A frame with a mask, or without.
    fn frame(length: usize, masked: bool) -> Vec<u8> {
        let mask = if masked { 0x80 } else { 0 };
        let mut frame = match length {
            0..126 => vec![0x82, mask | u8::try_from(length).unwrap()],
            126..0x1_0000 => {
                let mut head = vec![0x82, mask | 126];
                head.extend(u16::try_from(length).unwrap().to_be_bytes());
                head
            }
            _ => {
                let mut head = vec![0x82, mask | 127];
                head.extend((length as u64).to_be_bytes());
                head
            }
        };
        frame.extend(vec![0xff; length + if masked { 4 } else { 0 }]);
        frame
    }

    fn passes(frames: &mut Frames, bytes: &[u8], pieces: usize) -> bool {
        bytes.chunks(pieces.max(1)).all(|piece| frames.pass(piece).is_ok())
    }

    proptest! {
        #[test]
        fn only_oversized_frames_are_refused_however_bytes_are_split(
            lengths in prop::collection::vec((0_usize..70_000, any::<bool>()), 1..6),
            pieces in 1_usize..5_000,
        ) {
            let bytes: Vec<_> = lengths.iter().flat_map(|(len, mask)| frame(*len, *mask)).collect();
            let most = lengths.iter().map(|(length, _)| *length).max().unwrap();
            prop_assert!(passes(&mut Frames::of(Payload::None, most), &bytes, pieces));
            if most > 0 {
                prop_assert!(!passes(&mut Frames::of(Payload::None, most - 1), &bytes, pieces));
            }
        }
    }

    #[test]
    fn a_message_has_at_most_1024_frames() {
        let (begin, empty, ping, end) = (
            [0x01, 0x80, 0, 0, 0, 0],
            [0, 0x80, 0, 0, 0, 0],
            [0x89, 0x80, 0, 0, 0, 0],
            [0x80, 0x80, 0, 0, 0, 0],
        );
        let mut frames = Frames::of(Payload::None, 65_536);
        let most = usize::try_from(MOST_PIECES).unwrap();
        for _ in 0..3 {
            assert!(frames.pass(&begin).is_ok());
            assert!(passes(&mut frames, &[&empty[..], &ping].concat().repeat(most - 1), 100));
            assert!(frames.pass(&end).is_ok());
        }
        assert!(frames.pass(&begin).is_ok());
        assert!(!passes(&mut frames, &empty.repeat(most), 100));
    }

    #[test]
    fn an_oversized_frame_is_refused_by_its_head() {
        for length in [65_537, 200 << 20, u64::MAX] {
            let mut head = vec![0x81, 0xff];
            head.extend(length.to_be_bytes());
            head.extend([0; 4]);
            let mut frames = Frames::of(Payload::None, 65_536);
            assert!(frames.pass(&head[..head.len() - 1]).is_ok());
            assert!(frames.pass(&head[head.len() - 1..]).is_err(), "{length}");
        }
    }
}
