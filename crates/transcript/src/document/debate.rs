//! The content of a debate's document, from the question to the verdict.

use synod_domain::{BallotRecorded, Interjected, TurnEnded};

use super::{Block, Document, Line, rules::rules_line};
use crate::{
    Happening, Round, Transcript, VerdictSummary, cut_in_words, options_in_words, pause_in_words,
    printable::on_one_line, silence_in_words, table::DocumentTable, words::round_title,
};

impl Document {
    /// The whole debate.
    pub(crate) fn of_debate(transcript: &Transcript) -> Self {
        let mut document = Self::titled(transcript);
        document.context(transcript);
        document.panel(transcript);
        document.options(transcript);
        for round in &transcript.rounds {
            document.round(transcript, round);
        }
        document.ending(transcript);
        document
    }

    /// The question and the verdict, or that there is no verdict yet.
    pub(crate) fn of_ending(transcript: &Transcript) -> Self {
        let mut document = Self::titled(transcript);
        document.ending(transcript);
        document
    }

    fn titled(transcript: &Transcript) -> Self {
        let topic = transcript.setup.as_ref().map(|setup| on_one_line(&setup.config.debate_topic));
        Self { title: topic.unwrap_or_else(|| "A debate".to_owned()), blocks: Vec::new() }
    }

    fn context(&mut self, transcript: &Transcript) {
        let Some(setup) = &transcript.setup else { return };
        let context = &setup.config.problem_statement;
        if !context.trim().is_empty() {
            self.blocks.push(Block::sentence("Context given to all:"));
            self.blocks.push(Block::quote(context));
        }
    }

    fn panel(&mut self, transcript: &Transcript) {
        let Some(setup) = &transcript.setup else { return };
        self.section("Panel");
        self.blocks.push(Block::Table(DocumentTable::of_panel(transcript)));
        self.blocks.push(Block::Paragraph(rules_line(transcript, setup)));
        if let (Some(id), Some(at)) = (transcript.debate_id, transcript.began_at) {
            let origin = Line::default().text("Debate ").code(id).text(&format!(", begun {at}."));
            self.blocks.push(Block::Paragraph(origin));
        }
    }

    fn options(&mut self, transcript: &Transcript) {
        if transcript.options.is_empty() {
            return;
        }
        self.section("Options");
        let options = transcript.options.iter().map(|option| {
            let id = Line::default().strong(&option.id.to_string());
            id.text(" ").text(&on_one_line(&option.text))
        });
        self.blocks.push(Block::List(options.collect()));
    }

    fn round(&mut self, transcript: &Transcript, round: &Round) {
        self.section(&round_title(round.round));
        for entry in &round.entries {
            match &entry.what {
                Happening::Turn(turn) => self.turn(transcript, turn),
                Happening::Interjection(interjected) => self.interjection(interjected),
                Happening::VoteCalled => self.note("A person called the vote"),
                Happening::Move(chosen) => self.note(&transcript.move_in_words(chosen)),
                Happening::Options(set) => self.note(&options_in_words(set)),
            }
        }
        self.ballots("Ballots", transcript, round, &round.ballots);
        if let Some(closed) = &round.closed {
            self.blocks.push(Block::sentence(&transcript.round_in_words(closed)));
        }
        self.ballots("Run-off", transcript, round, &round.run_off);
        for ruling in &round.rulings {
            let ruling = transcript.ruling_in_words(ruling);
            self.blocks.push(Block::sentence(&format!("{ruling}.")));
        }
        if let Some(left_out) = transcript.left_out_of(round.round).in_words() {
            self.note(&format!("In this round {left_out}"));
        }
    }

    fn turn(&mut self, transcript: &Transcript, turn: &TurnEnded) {
        let speaker = Line::default().strong(&transcript.names().get(&turn.agent_id));
        if let Some(silence) = silence_in_words(turn) {
            self.blocks.push(Block::Paragraph(speaker.text(&format!(" {silence}."))));
            return;
        }
        let cut = cut_in_words(turn).map_or_else(String::new, |cut| format!(" ({cut})"));
        let introduction = speaker.text(&format!(", statement {}{cut}:", turn.turn.0));
        self.blocks.push(Block::Paragraph(introduction));
        self.blocks.push(Block::quote(&turn.text));
    }

    fn interjection(&mut self, interjected: &Interjected) {
        let author = interjected.author.as_deref().map(on_one_line);
        let author = author.filter(|author| !author.is_empty());
        let author = Line::default().strong(author.as_deref().unwrap_or("A person"));
        self.blocks.push(Block::Paragraph(author.text(" adds:")));
        self.blocks.push(Block::quote(&interjected.text));
    }

    fn ballots(
        &mut self,
        heading: &str,
        transcript: &Transcript,
        round: &Round,
        ballots: &[BallotRecorded],
    ) {
        if !ballots.is_empty() {
            self.blocks.push(Block::Subsection(heading.to_owned()));
            self.blocks.push(Block::Table(DocumentTable::of_ballots(transcript, round, ballots)));
        }
    }

    fn ending(&mut self, transcript: &Transcript) {
        match (VerdictSummary::of(transcript), &transcript.pause) {
            (Some(summary), _) => self.verdict(&summary),
            (None, Some(paused)) => {
                self.note(&format!("This debate is not finished. {}", pause_in_words(paused)));
            }
            (None, None) => self.note("This debate is not finished"),
        }
    }

    fn verdict(&mut self, summary: &VerdictSummary) {
        self.section("Verdict");
        self.blocks.push(Block::Paragraph(headline(summary)));
        if let Some(argument) = &summary.argument {
            let introduction = Line::default().text("In the words of ").text(&argument.speaker);
            let introduction = introduction.text(&format!(", statement {}:", argument.turn.0));
            self.blocks.push(Block::Paragraph(introduction));
            self.blocks.push(Block::quote(&argument.text));
        }
        for caution in &summary.cautions {
            let caution = Line::default().strong("Caution:").text(" ").text(caution);
            self.blocks.push(Block::Paragraph(caution));
        }
        let facts = summary.facts.iter();
        let facts =
            facts.map(|fact| Line::default().text(&format!("{}: ", fact.label)).text(&fact.text));
        self.blocks.push(Block::List(facts.collect()));
        self.blocks.push(Block::sentence(&summary.conclusion));
    }

    fn section(&mut self, heading: &str) {
        self.blocks.push(Block::Section(heading.to_owned()));
    }

    /// Adds a remark of the record, which ends with a full stop.
    fn note(&mut self, remark: &str) {
        self.blocks.push(Block::note(&format!("{remark}.")));
    }
}

fn headline(summary: &VerdictSummary) -> Line {
    let outcome = &summary.outcome;
    match (&summary.answer, &summary.leader) {
        (Some(answer), _) => Line::default().strong(&format!("{outcome}: ")).strong(answer),
        (None, Some(leader)) => {
            let outcome = Line::default().strong(&format!("{outcome}."));
            outcome.text(" In the lead: ").strong(leader)
        }
        (None, None) => Line::default().strong(&format!("{outcome}.")),
    }
}
