use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::Message;

/// The slots of a llama.cpp server, and what each has read last.
///
/// Such a server keeps the state of a slot's last prompt and reads only what a new one adds. By
/// itself it gives a call to the free slot that has most in common with it, however little that is,
/// so that two debates with one system message push each other out of one slot while another is
/// empty. Here a call goes to the slot whose prompt it extends, or else to the one used least lately.
#[derive(Debug, Default)]
pub(super) struct Slots(Mutex<Vec<Slot>>);

#[derive(Clone, Debug, Default)]
struct Slot {
    prompt: Arc<[Message]>,
    last_used: u64,
    busy: bool,
}

/// A slot while it serves a call.
#[derive(Debug)]
pub(super) struct Seat {
    slots: Arc<Slots>,
    id: usize,
}

impl Slots {
    /// The server has so many. One alone needs no choice.
    pub(super) fn set_count(&self, count: u32) {
        let count = if count > 1 { count as usize } else { 0 };
        let mut slots = self.lock();
        if slots.len() != count {
            slots.resize_with(count, Slot::default);
        }
    }

    /// A free slot for a prompt; `None` leaves the choice to the server.
    pub(super) fn seat(self: &Arc<Self>, prompt: &[Message]) -> Option<Seat> {
        let mut slots = self.lock();
        let now = 1 + slots.iter().map(|slot| slot.last_used).max()?;
        let free = || slots.iter().enumerate().filter(|(_, slot)| !slot.busy);
        let extended = free()
            .map(|(id, slot)| (id, common(&slot.prompt, prompt), length(&slot.prompt)))
            .filter(|(_, common, length)| 2 * common > *length)
            .max_by_key(|(_, common, _)| *common);
        let oldest = || free().min_by_key(|(_, slot)| slot.last_used).map(|(id, _)| id);
        let id = extended.map(|(id, ..)| id).or_else(oldest)?;
        slots[id] = Slot { prompt: prompt.into(), last_used: now, busy: true };
        drop(slots);
        Some(Seat { slots: Arc::clone(self), id })
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Slot>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Seat {
    /// The slot, as the server counts.
    pub(super) fn id(&self) -> u32 {
        u32::try_from(self.id).unwrap_or(u32::MAX)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        if let Some(slot) = self.slots.lock().get_mut(self.id) {
            slot.busy = false;
        }
    }
}

fn length(prompt: &[Message]) -> usize {
    prompt.iter().map(|message| message.content.len()).sum()
}

/// Bytes that two prompts have in common from the beginning.
fn common(before: &[Message], now: &[Message]) -> usize {
    let mut total = 0;
    for (before, now) in before.iter().zip(now) {
        let (old, new) = (before.content.bytes(), now.content.bytes());
        let shared = old.zip(new).take_while(|(old, new)| old == new).count();
        total += shared;
        if before.role != now.role || shared < before.content.len() {
            break;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slots(count: u32) -> Arc<Slots> {
        let slots = Arc::new(Slots::default());
        slots.set_count(count);
        slots
    }

    fn prompt(debate: &str, said: &str) -> Vec<Message> {
        let conduct = "You take part in a debate, and so on for long.";
        vec![
            Message::system(conduct),
            Message::user(format!("{debate} {}: {said}", debate.repeat(60))),
        ]
    }

    fn id(slots: &Arc<Slots>, prompt: &[Message]) -> Option<u32> {
        slots.seat(prompt).map(|seat| seat.id())
    }

    #[test]
    fn a_call_goes_to_the_slot_whose_prompt_it_extends() {
        let slots = slots(2);
        assert_eq!(id(&slots, &prompt("a", "one")), Some(0));
        assert_eq!(id(&slots, &prompt("b", "one")), Some(1), "the same conduct is not enough");
        for turn in ["one two", "one two three"] {
            assert_eq!(id(&slots, &prompt("a", turn)), Some(0));
            assert_eq!(id(&slots, &prompt("b", turn)), Some(1));
        }
        assert_eq!(id(&slots, &prompt("c", "one")), Some(0), "which was used least lately");
    }

    #[test]
    fn a_slot_serves_one_call_at_a_time() {
        let slots = slots(2);
        let first = slots.seat(&prompt("a", "one")).unwrap();
        let second = slots.seat(&prompt("a", "two")).unwrap();
        assert_ne!(first.id(), second.id());
        assert!(slots.seat(&prompt("a", "three")).is_none(), "the server lets it wait");
        drop(second);
        assert_eq!(id(&slots, &prompt("a", "three")), Some(1));
    }

    #[test]
    fn a_server_with_one_slot_or_none_known_chooses_itself() {
        assert_eq!(id(&slots(1), &prompt("a", "one")), None);
        assert_eq!(id(&slots(0), &prompt("a", "one")), None);
    }
}
