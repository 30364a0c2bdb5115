use std::sync::Arc;

use synod_domain::{BallotRecorded, ParticipantProfile};

use crate::{Round, Transcript, printable::on_one_line};

/// A table whose cells are plain, printable and on one line.
pub(crate) struct DocumentTable {
    pub(crate) head: Vec<&'static str>,
    pub(crate) rows: Vec<Vec<String>>,
}

impl DocumentTable {
    /// Participants, moderator and judge with their models.
    pub(crate) fn of_panel(transcript: &Transcript) -> Self {
        let setup = transcript.setup.iter();
        let seats = setup.flat_map(|setup| {
            let seats = setup.participants.iter().map(|p| ("participant", p));
            let moderator = setup.moderator.iter().map(|p| ("moderator", p));
            seats.chain(moderator).chain(setup.judge.iter().map(|p| ("judge", p)))
        });
        let row = |(role, profile): (&str, &Arc<ParticipantProfile>)| {
            let name = transcript.names().get(&profile.agent_id);
            let [model, host] = [profile.model.as_str(), profile.host.as_str()].map(on_one_line);
            vec![name, role.to_owned(), model, host]
        };
        Self { head: vec!["Name", "Role", "Model", "Host"], rows: seats.map(row).collect() }
    }

    /// Ballots of a round. From round 1 on, the table shows the vote in round 0 beside each ballot.
    pub(crate) fn of_ballots(
        transcript: &Transcript,
        round: &Round,
        ballots: &[BallotRecorded],
    ) -> Self {
        let name = |b: &BallotRecorded| transcript.names().get(&b.agent_id);
        if round.round == 0 {
            let row = |b| vec![name(b), transcript.vote_in_words(b), confidence(b)];
            let rows = ballots.iter().map(row).collect();
            return Self { head: vec!["Name", "Vote", "Confidence"], rows };
        }
        let round_0 = transcript.rounds.first().filter(|first| first.round == 0);
        let before = |b: &BallotRecorded| {
            let vote = round_0.and_then(|first| first.vote_of(&b.agent_id));
            or_dash(vote.map(|id| transcript.option_in_words(id)))
        };
        let moved_by = |b: &BallotRecorded| {
            or_dash(b.moved_by.map(|turn| transcript.statement_in_words(turn)))
        };
        let row =
            |b| vec![name(b), before(b), transcript.vote_in_words(b), confidence(b), moved_by(b)];
        let rows = ballots.iter().map(row).collect();
        Self { head: vec!["Name", "Round-0 vote", "Vote", "Confidence", "Moved by"], rows }
    }
}

fn confidence(ballot: &BallotRecorded) -> String {
    or_dash(ballot.confidence.map(|confidence| format!("{:.2}", confidence.get())))
}

fn or_dash(text: Option<String>) -> String {
    text.unwrap_or_else(|| "–".to_owned())
}
