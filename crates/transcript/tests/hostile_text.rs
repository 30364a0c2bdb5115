//! Text of participants cannot change the structure of a page.

#![expect(clippy::wildcard_enum_match_arm, reason = "only what carries text matters here")]

use std::sync::Arc;

use proptest::prelude::*;
use pulldown_cmark::{Event as Part, Options, Parser, Tag};
use synod_domain::{Event, Recorded, Scale};
use synod_transcript::Transcript;

/// The parts of a page that are neither text nor line breaks.
fn structure(markdown: &str) -> Vec<String> {
    let parts = Parser::new_ext(markdown, Options::all());
    let parts =
        parts.filter(|part| !matches!(part, Part::Text(_) | Part::SoftBreak | Part::HardBreak));
    // A statement may have any number of paragraphs.
    let parts = parts.filter(|part| {
        let paragraph = matches!(part, Part::Start(Tag::Paragraph));
        !paragraph && !matches!(part, Part::End(pulldown_cmark::TagEnd::Paragraph))
    });
    parts.map(|part| format!("{part:?}")).collect()
}

fn shown(markdown: &str) -> String {
    let parts = Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH);
    let texts = parts.map(|part| match part {
        Part::Text(text) => text.into_string(),
        _ => " ".to_owned(),
    });
    texts.collect()
}

/// The hostile debate in which all text of models and people is replaced.
fn debate_of(text: &str) -> Transcript {
    changed(|event| match event {
        Event::DebateInitialized(setup) => {
            let setup = Arc::make_mut(setup);
            setup.participants.iter_mut().for_each(|p| Arc::make_mut(p).name = text.into());
            setup.config.problem_statement = format!("x {text}");
            setup.config.debate_topic = text.to_owned();
            setup.config.debate_rules.options = Some(vec![text.to_owned(), text.to_owned()]);
        }
        Event::TurnEnded(turn) => Arc::make_mut(turn).text = text.into(),
        Event::Interjected(interjected) => {
            interjected.text = text.into();
            interjected.author = Some(text.into());
        }
        Event::BallotRecorded(ballot) => {
            let ballot = Arc::make_mut(ballot);
            ballot.proposal = Some(text.into());
            ballot.option = None;
        }
        Event::DebateClosed(verdict) => {
            let verdict = Arc::make_mut(verdict);
            verdict.reason = Some(text.to_owned());
            verdict.answer.iter_mut().for_each(|answer| answer.text = text.into());
        }
        _ => {}
    })
}

/// The hostile debate after a change of each event.
fn changed(change: impl Fn(&mut Event)) -> Transcript {
    let log = include_str!("logs/hostile.ndjson").lines();
    let mut log: Vec<Recorded> =
        log.map(|line| serde_json::from_str(line).expect("an event")).collect();
    log.iter_mut().for_each(|recorded| change(&mut recorded.event));
    Transcript::of(&log)
}

fn markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("\n"),
        Just("\n\n"),
        Just("# "),
        Just("---"),
        Just("==="),
        Just("|"),
        Just("|-|"),
        Just("```"),
        Just("~~~"),
        Just("    "),
        Just("\t"),
        Just("> "),
        Just("- "),
        Just("1. "),
        Just("1) "),
        Just("+ "),
        Just("* "),
        Just("_x_"),
        Just("**x**"),
        Just("<b>"),
        Just("<!--"),
        Just("<http://x>"),
        Just("[a](b)"),
        Just("![a](b)"),
        Just("[a]: b"),
        Just("[^1]: x"),
        Just("&amp;"),
        Just("\\"),
        Just("`"),
        Just("~~x~~"),
        Just(":-:"),
        Just("word"),
        Just("$x$"),
        Just("$$"),
        Just("\u{1b}[2J"),
        Just("\r"),
        Just("\u{2028}"),
        Just("[x]"),
        Just("{#id}"),
        Just("^x^"),
        Just("~x~"),
        Just("+++"),
        Just("'"),
        Just("[!NOTE]"),
        Just("[[w]]"),
    ];
    prop::collection::vec(piece, 1..12).prop_map(|pieces| pieces.concat())
}

/// The tags of a page, in order.
fn tags(html: &str) -> Vec<&str> {
    html.split('<').skip(1).map(|tag| tag.split_once('>').map_or(tag, |(tag, _)| tag)).collect()
}

/// The visible text of a page.
fn text_of(html: &str) -> String {
    let pieces = html.split('<').map(|piece| piece.split_once('>').map_or(piece, |(_, text)| text));
    let text = pieces.collect::<String>().replace("&lt;", "<").replace("&gt;", ">");
    text.replace("&quot;", "\"").replace("&#39;", "'").replace("&amp;", "&")
}

fn html_markup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("<script>alert(1)</script>"),
        Just("</style>"),
        Just("</title>"),
        Just("<!--"),
        Just("-->"),
        Just("]]>"),
        Just("<img src=x onerror=alert(1)>"),
        Just("</blockquote>"),
        Just("</main></body></html>"),
        Just("\" onload=\"alert(1)"),
        Just("' onload='alert(1)"),
        Just("&lt;b&gt;"),
        Just("&#x3c;b>"),
        Just("<"),
        Just(">"),
        Just("word"),
        Just("\u{202e}"),
        Just("\0"),
    ];
    prop::collection::vec(piece, 1..8).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn text_cannot_change_the_tags_of_html(text in html_markup()) {
        prop_assume!(text.chars().any(|c| !c.is_whitespace() && !c.is_control()));
        let (hostile, harmless) = (debate_of(&text).to_html(), debate_of("word").to_html());
        prop_assert_eq!(tags(&hostile), tags(&harmless), "{}", hostile);
    }

    #[test]
    fn a_statement_is_shown_unchanged_in_html(text in "[ -~]{1,40}") {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let page = words(&text_of(&debate_of(&text).to_html()));
        prop_assert!(page.contains(&words(&text)), "{page}");
    }

    #[test]
    fn text_cannot_change_the_structure_of_markdown(text in markup()) {
        prop_assume!(text.chars().any(|c| !c.is_whitespace() && !c.is_control()));
        let (hostile, harmless) = (debate_of(&text).to_markdown(), debate_of("word").to_markdown());
        prop_assert_eq!(structure(&hostile), structure(&harmless), "{}", hostile);
    }

    #[test]
    fn a_statement_is_shown_unchanged_in_markdown(text in "[ -~]{1,40}") {
        let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let page = words(&shown(&debate_of(&text).to_markdown()));
        prop_assert!(page.contains(&words(&text)), "{page}");
    }

    #[test]
    fn control_characters_are_removed(text in any::<String>()) {
        let page = debate_of(&text).to_markdown();
        prop_assert!(!page.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
        let page = debate_of(&text).to_html();
        prop_assert!(!page.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
    }
}

#[test]
fn a_model_name_in_a_caution_is_escaped() {
    let transcript = changed(|event| match event {
        Event::DebateInitialized(setup) => {
            for seat in &mut Arc::make_mut(setup).participants {
                let seat = Arc::make_mut(seat);
                (seat.scale, seat.model) = (Scale::Tiny, "m_*b*_<i>:1b".parse().unwrap());
                seat.host = "gpu".parse().unwrap();
            }
        }
        Event::DebateClosed(verdict) => Arc::make_mut(verdict).demo = true,
        _ => {}
    });
    let caution = "**Caution:** A tiny model, m\\_\\*b\\*\\_\\<i\\>:1b, voted";
    assert!(transcript.to_markdown().contains(caution), "{}", transcript.to_markdown());
    let caution = "<strong>Caution:</strong> A tiny model, m_*b*_&lt;i&gt;:1b, voted";
    assert!(transcript.to_html().contains(caution), "{}", transcript.to_html());
}

#[test]
fn an_author_without_a_printable_name_is_a_person() {
    let transcript = changed(|event| {
        if let Event::Interjected(interjected) = event {
            interjected.author = Some("\u{202e}\u{1b}".into());
        }
    });
    assert!(transcript.to_markdown().contains("\n**A person** adds:\n"));
    assert!(transcript.to_html().contains("<p><strong>A person</strong> adds:</p>"));
}
