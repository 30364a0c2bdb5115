//! A transcript as one file of HTML.

mod ballots;
mod page;
mod said;
mod verdict;

use crate::{
    Summary, Transcript,
    table::Table,
    words::{pause_in_words, round_title, rules_in_words},
};
use page::{Page, escape, inline};

/// What a page with a transcript may do: show its own style, and nothing else. The page states it
/// itself, for those who keep it as a file.
pub const CONTENT_SECURITY_POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("html/style.css");

/// The whole debate.
pub(crate) fn debate(transcript: &Transcript) -> String {
    let topic = transcript.setup.as_ref().map(|setup| inline(&setup.config.debate_topic));
    let title = topic.as_deref().unwrap_or("A debate");
    let mut page = Page::default();
    question(&mut page, transcript, title);
    panel(&mut page, transcript);
    options(&mut page, transcript);
    for round in &transcript.rounds {
        page.element("h2", &round_title(round.round));
        said::write(&mut page, transcript, round);
        ballots::write(&mut page, transcript, round);
        if let Some(left_out) = transcript.left_out_of(round.round).in_words() {
            page.element("p", &format!("<em>In this round {}.</em>", escape(&left_out)));
        }
    }
    match Summary::of(transcript) {
        Some(summary) => verdict::write(&mut page, &summary),
        None => match &transcript.pause {
            Some(paused) => {
                let why = inline(&pause_in_words(paused));
                page.element("p", &format!("<em>This debate is not finished. {why}.</em>"));
            }
            None => page.element("p", "<em>This debate is not finished.</em>"),
        },
    }
    let body = page.into_html();
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{CONTENT_SECURITY_POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n\
         <body>\n<main>\n{body}</main>\n</body>\n</html>\n"
    )
}

fn question(page: &mut Page, transcript: &Transcript, title: &str) {
    page.element("h1", title);
    let context = transcript.setup.iter().map(|setup| setup.config.problem_statement.trim());
    for context in context.filter(|context| !context.is_empty()) {
        page.element("p", "Context given to all:");
        page.quote(context);
    }
}

fn panel(page: &mut Page, transcript: &Transcript) {
    let Some(setup) = &transcript.setup else { return };
    page.element("h2", "Panel");
    page.table(&Table::of_panel(transcript));
    page.element("p", &escape(&rules_in_words(transcript, setup, str::to_owned)));
    if let (Some(id), Some(at)) = (transcript.debate_id, transcript.began_at) {
        page.element("p", &format!("Debate <code>{id}</code>, begun {at}."));
    }
}

fn options(page: &mut Page, transcript: &Transcript) {
    if transcript.options.is_empty() {
        return;
    }
    page.element("h2", "Options");
    let item =
        |o: &synod_domain::DebateOption| format!("<strong>{}</strong> {}", o.id, inline(&o.text));
    page.list(transcript.options.iter().map(item));
}
