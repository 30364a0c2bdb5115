mod speed;

use parking_lot::{Mutex, MutexGuard};
use std::{sync::Arc, time::Duration};

use tokio::{
    sync::Notify,
    time::{Instant, timeout_at},
};

use self::speed::Speed;
use crate::Message;

/// The slots of a llama.cpp server, and what each has read last.
///
/// Such a server keeps the state of a slot's last prompt and reads only what a new one adds. By
/// itself it gives a call to the free slot that has most in common with it, however little that is,
/// so that two debates with one system message push each other out of one slot while another is
/// empty. Here a call goes to the slot whose prompt it extends, or else to the one used least lately.
///
/// Where that slot serves another call and the server reads slowly, as on a processor, a call waits for
/// it instead of having another slot read everything again: if the slot is likely to be free sooner than
/// that would take, and no longer than that would take.
#[derive(Debug, Default)]
pub(super) struct Slots {
    state: Mutex<State>,
    freed: Notify,
}

#[derive(Debug, Default)]
struct State {
    slots: Vec<ServerSlot>,
    speed: Speed,
}

#[derive(Clone, Debug, Default)]
struct ServerSlot {
    prompt: Arc<[Message]>,
    last_used: u64,
    /// Since when it serves a call.
    busy: Option<Instant>,
}

/// A slot while it serves a call.
#[derive(Debug)]
pub(super) struct SlotLease {
    slots: Arc<Slots>,
    id: usize,
    begun: Instant,
    /// Bytes of the prompt that the slot had not read before, until the first token has come.
    unread: Option<usize>,
}

/// Where a call goes.
enum Choice {
    /// To this slot, which has read this many bytes of the prompt.
    Slot { id: usize, read: usize },
    /// Nowhere before another slot is free, or this time has passed.
    Wait(Duration),
}

impl Slots {
    /// The slots of the server. A single one needs no choice.
    pub(super) fn set_count(&self, count: u32) {
        let count = if count > 1 { count as usize } else { 0 };
        let mut state = self.lock();
        if state.slots.len() != count {
            state.slots.resize_with(count, ServerSlot::default);
        }
    }

    /// A free slot for a prompt, which may take a while; `None` leaves the choice to the server.
    pub(super) async fn acquire(self: &Arc<Self>, prompt: &[Message]) -> Option<SlotLease> {
        let mut patience = None;
        loop {
            let freed = self.freed.notified();
            tokio::pin!(freed);
            // From here on no slot is freed unnoticed.
            freed.as_mut().enable();
            let is_over = patience.is_some_and(|until| Instant::now() >= until);
            let wait = {
                let mut state = self.lock();
                match state.choice(prompt, !is_over)? {
                    Choice::Slot { id, read } => {
                        return Some(self.take(&mut state, id, read, prompt));
                    }
                    Choice::Wait(wait) => wait,
                }
            };
            let until = *patience.get_or_insert_with(|| Instant::now() + wait);
            let _ = timeout_at(until, freed).await;
        }
    }

    fn take(
        self: &Arc<Self>,
        state: &mut State,
        id: usize,
        read: usize,
        prompt: &[Message],
    ) -> SlotLease {
        let begun = Instant::now();
        let latest = state.slots.iter().map(|slot| slot.last_used).max().unwrap_or_default();
        state.slots[id] =
            ServerSlot { prompt: prompt.into(), last_used: latest + 1, busy: Some(begun) };
        let unread = Some(length(prompt).saturating_sub(read));
        SlotLease { slots: Arc::clone(self), id, begun, unread }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }
}

impl State {
    /// Where a call with this prompt goes; `None` if no slot is free, or none is known.
    fn choice(&self, prompt: &[Message], may_wait: bool) -> Option<Choice> {
        let extended = |is_busy: bool| {
            let slots = self.slots.iter().enumerate();
            slots
                .filter(|(_, slot)| slot.busy.is_some() == is_busy)
                .map(|(id, slot)| (id, common(&slot.prompt, prompt), length(&slot.prompt)))
                .filter(|(_, common, length)| 2 * common > *length)
                .max_by_key(|(_, common, _)| *common)
        };
        let free = self.slots.iter().enumerate().filter(|(_, slot)| slot.busy.is_none());
        let oldest = free.min_by_key(|(_, slot)| slot.last_used).map(|(id, _)| id)?;
        let (id, read) = extended(false).map_or_else(
            || (oldest, common(&self.slots[oldest].prompt, prompt)),
            |(id, read, _)| (id, read),
        );
        if let Some((better, would_be_read, _)) = extended(true).filter(|_| may_wait) {
            let saved = self.speed.to_read(would_be_read.saturating_sub(read));
            let elapsed = self.slots[better].busy.map(|since| since.elapsed())?;
            if self.speed.left(elapsed).is_some_and(|left| left < saved) {
                return Some(Choice::Wait(saved));
            }
        }
        Some(Choice::Slot { id, read })
    }
}

impl SlotLease {
    /// The slot, as the server counts.
    pub(super) fn id(&self) -> u32 {
        u32::try_from(self.id).unwrap_or(u32::MAX)
    }

    /// The reply begins: the prompt has been read.
    pub(super) fn read(&mut self) {
        if let Some(bytes) = self.unread.take() {
            self.slots.lock().speed.read(bytes, self.begun.elapsed());
        }
    }
}

impl Drop for SlotLease {
    fn drop(&mut self) {
        let mut state = self.slots.lock();
        // A call that brought nothing says nothing about others.
        if self.unread.is_none() {
            state.speed.served(self.begun.elapsed());
        }
        if let Some(slot) = state.slots.get_mut(self.id) {
            slot.busy = None;
        }
        drop(state);
        self.slots.freed.notify_waiters();
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
    use futures_util::FutureExt;

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

    /// A lease that is granted at once.
    fn acquired(slots: &Arc<Slots>, prompt: &[Message]) -> Option<SlotLease> {
        slots.acquire(prompt).now_or_never().expect("no speed is known, so nothing is waited for")
    }

    fn id(slots: &Arc<Slots>, prompt: &[Message]) -> Option<u32> {
        acquired(slots, prompt).map(|lease| lease.id())
    }

    /// Two slots of a server that takes so long for a call, of which it reads for half, and a call of
    /// debate `a` in the first slot, which began a second ago.
    async fn at_work(took: Duration) -> (Arc<Slots>, SlotLease) {
        let slots = slots(2);
        for debate in ["a", "b"] {
            let mut lease = slots.acquire(&prompt(debate, &"words ".repeat(400))).await.unwrap();
            tokio::time::advance(took / 2).await;
            lease.read();
            tokio::time::advance(took / 2).await;
        }
        let busy = slots.acquire(&prompt("a", &"words ".repeat(401))).await.unwrap();
        assert_eq!(busy.id(), 0);
        tokio::time::advance(Duration::from_secs(1)).await;
        (slots, busy)
    }

    /// What the call in the first slot has read, and more.
    fn extending() -> Vec<Message> {
        prompt("a", &"words ".repeat(402))
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_waits_for_its_slot_if_reading_takes_longer() {
        let (slots, busy) = at_work(Duration::from_secs(20)).await;
        // Another that is likely to end in nine seconds; the prompt would take ten to be read.
        tokio::time::advance(Duration::from_secs(12)).await;
        let waiting = tokio::spawn({
            let slots = Arc::clone(&slots);
            async move { slots.acquire(&extending()).await.map(|lease| lease.id()) }
        });
        tokio::time::sleep(Duration::from_secs(2)).await;
        assert!(!waiting.is_finished());
        drop(busy);
        assert_eq!(waiting.await.unwrap(), Some(0));
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_waits_no_longer_than_its_prompt_takes_to_be_read() {
        let (slots, _busy) = at_work(Duration::from_secs(20)).await;
        tokio::time::advance(Duration::from_secs(12)).await;
        let begun = Instant::now();
        assert_eq!(slots.acquire(&extending()).await.unwrap().id(), 1);
        let waited = begun.elapsed();
        assert!(waited > Duration::from_secs(8) && waited < Duration::from_secs(12), "{waited:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_takes_another_slot_if_reading_beats_waiting() {
        // Nineteen seconds are left of the call in service.
        let (slots, _busy) = at_work(Duration::from_secs(20)).await;
        let begun = Instant::now();
        assert_eq!(slots.acquire(&extending()).await.unwrap().id(), 1);
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_of_another_debate_does_not_wait() {
        let (slots, _busy) = at_work(Duration::from_secs(20)).await;
        tokio::time::advance(Duration::from_secs(12)).await;
        let begun = Instant::now();
        assert_eq!(slots.acquire(&prompt("c", "one")).await.unwrap().id(), 1);
        assert_eq!(begun.elapsed(), Duration::ZERO);
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
        let first = acquired(&slots, &prompt("a", "one")).unwrap();
        let second = acquired(&slots, &prompt("a", "two")).unwrap();
        assert_ne!(first.id(), second.id());
        assert!(acquired(&slots, &prompt("a", "three")).is_none(), "the server lets it wait");
        drop(second);
        assert_eq!(id(&slots, &prompt("a", "three")), Some(1));
    }

    #[test]
    fn a_server_with_one_slot_or_none_known_chooses_itself() {
        assert_eq!(id(&slots(1), &prompt("a", "one")), None);
        assert_eq!(id(&slots(0), &prompt("a", "one")), None);
    }
}
