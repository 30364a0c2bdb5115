//! A debate among participants written by hand: two who know what they want, and one who listens.

use std::{error::Error, sync::Arc};

use futures_util::{FutureExt, StreamExt};
use serde_json::json;
use synod_debate_engine::{
    Answer, DebateHub, FeedItem, Participant, Progress, Reply, Settings, SystemClock,
};
use synod_debate_protocol::Debate;
use synod_domain::{
    Brief, DebateConfig, Entry, Event, HostName, Label, ModelName, Outcome, ParticipantProfile,
    Persona, Scale, TurnNo,
};
use synod_event_log::MemoryLog;

/// Wants one dish. Given to listening, it takes over what a peer said last.
struct Cook {
    dish: &'static str,
    listens: bool,
    model: ModelName,
}

impl Cook {
    fn reply(&self, text: String) -> Answer {
        let reply = Reply::free(text, self.model.clone());
        async move { Ok(reply) }.boxed()
    }

    /// What it wants now, and the statement that made it want it.
    fn wish(&self, brief: &Brief) -> (String, Option<TurnNo>) {
        let heard = brief.transcript.iter().rev().filter(|_| self.listens && brief.round > 0);
        let mut others = heard.filter_map(|entry| said_by_another(entry, brief.label));
        match others.next() {
            Some((text, turn)) => (text.trim_start_matches("Answer: ").to_owned(), Some(turn)),
            None => (self.dish.to_owned(), None),
        }
    }
}

fn said_by_another(entry: &Entry, me: Option<Label>) -> Option<(&str, TurnNo)> {
    match entry {
        Entry::Statement { label, turn, text, .. } if Some(*label) != me => Some((text, *turn)),
        Entry::Statement { .. } | Entry::Interjection { .. } => None,
    }
}

impl Participant for Cook {
    fn speak(&self, brief: Brief, progress: Progress) -> Answer {
        let text = format!("Answer: {}", self.wish(&brief).0);
        progress.delta(&text);
        self.reply(text)
    }

    fn ballot(&self, brief: Brief, _: Progress) -> Answer {
        let (choice, moved_by) = self.wish(&brief);
        let mut ballot = json!({ "choice": choice, "confidence": 0.75 });
        if brief.round > 0 {
            ballot["moved_by"] =
                moved_by.map_or("none".into(), |turn| format!("S{}", turn.0)).into();
        }
        self.reply(ballot.to_string())
    }

    fn moderate(&self, _: Brief, _: Progress) -> Answer {
        self.reply(json!({ "options": ["Soup", "Salad"] }).to_string())
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let cooks = [("ann", "Soup", false), ("bob", "Salad", true), ("cleo", "Soup", false)];
    let cast = move |profile: &ParticipantProfile| -> Arc<dyn Participant> {
        let cook = cooks.iter().find(|(name, ..)| *name == profile.agent_id.as_str());
        let (_, dish, listens) = *cook.expect("every seat is a cook's");
        Arc::new(Cook { dish, listens, model: profile.model.clone() })
    };
    let participants =
        cooks.map(|(name, ..)| profile(name)).into_iter().collect::<Result<Vec<_>, _>>()?;
    let agents = participants.iter().map(|p| p.agent_id.clone()).collect();
    let config = DebateConfig::structured("What is for dinner?", agents);

    let clock = Arc::new(SystemClock::new());
    let log = Arc::new(MemoryLog::new(clock.clone()));
    let hub = DebateHub::new(log, clock, Arc::new(cast), Settings::default());
    let debate = hub.open(Debate::initialize(config, participants, None, None)?).await?;
    let mut feed = debate.watch(0);
    debate.start().await?;
    while let Some(item) = feed.next().await {
        if let FeedItem::Event(recorded) = item?
            && let Event::TurnEnded(turn) = &recorded.event
        {
            println!("{} in round {}: {}", turn.agent_id, turn.round, turn.text);
        }
    }
    let verdict = debate.finished().await?;
    let answer = verdict.answer.as_ref().ok_or("no answer")?;
    println!("{} with {} of {} votes", answer.text, verdict.votes, verdict.of);

    // Two of three at first; all of them once bob has listened.
    let at_first = verdict.round0.as_ref().ok_or("no round 0")?;
    assert_eq!(at_first.votes.iter().map(|v| v.count).collect::<Vec<_>>(), [2, 1]);
    assert_eq!((verdict.outcome, &*answer.text, verdict.votes), (Outcome::Consensus, "Soup", 3));
    assert_eq!(verdict.hollow, None);
    hub.close().await;
    Ok(())
}

fn profile(name: &str) -> Result<ParticipantProfile, Box<dyn Error>> {
    Ok(ParticipantProfile {
        agent_id: name.parse()?,
        name: name.to_owned(),
        host: HostName::new("kitchen")?,
        model: "a-cook".parse()?,
        digest: None,
        scale: Scale::Regular,
        persona: Persona { expertise: "a cook".into(), voice: String::new() },
    })
}
