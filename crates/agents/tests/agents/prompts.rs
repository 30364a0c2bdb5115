//! All prompts of a small debate, in the wording of each scale.

use std::fmt::Write as _;

use synod_domain::Scale;
use synod_inference::{ChatRequest, ReplyForm, ScriptedModel};

use crate::{briefs, stage::Stage};

async fn prompts(scale: Scale) -> String {
    let stage = Stage::new(
        ScriptedModel::new("m").with_card(|card| card.continues_reply = scale == Scale::Tiny),
        scale,
    );
    let mut pages = String::new();
    for (title, brief) in briefs::debate() {
        let request = stage.request(brief).await;
        if pages.is_empty() {
            writeln!(
                pages,
                "======== system message of all calls\n{}",
                request.messages[0].content
            )
            .unwrap();
        }
        write_page(&mut pages, title, &request);
    }
    pages
}

fn write_page(pages: &mut String, title: &str, request: &ChatRequest) {
    let sampling = &request.sampling;
    writeln!(pages, "\n======== {title}\n{}", request.messages[1].content).unwrap();
    for begun in &request.messages[2..] {
        writeln!(pages, "-------- reply begun\n{}", begun.content).unwrap();
    }
    if let ReplyForm::Json(schema) = &request.form {
        writeln!(pages, "-------- schema\n{schema}").unwrap();
    }
    writeln!(
        pages,
        "-------- sampling\ntemperature {:?}, repeat penalty {:?}, at most {} tokens, stop {:?}",
        sampling.temperature, sampling.repeat_penalty, sampling.max_output_tokens, sampling.stop
    )
    .unwrap();
}

#[tokio::test]
async fn of_tiny_models() {
    insta::assert_snapshot!("tiny", prompts(Scale::Tiny).await);
}

#[tokio::test]
async fn of_small_models() {
    insta::assert_snapshot!("small", prompts(Scale::Small).await);
}

#[tokio::test]
async fn of_regular_models() {
    insta::assert_snapshot!("regular", prompts(Scale::Regular).await);
}

/// The chain of states that a host keeps is of no use to two system texts.
#[tokio::test]
async fn all_calls_share_one_system_message() {
    for scale in [Scale::Tiny, Scale::Small, Scale::Regular] {
        let stage = Stage::new(ScriptedModel::new("m"), scale);
        for (_, brief) in briefs::debate() {
            stage.ask(brief).await.unwrap();
        }
        let requests = stage.model.seen().requests;
        assert!(requests.iter().all(|request| request.messages[0] == requests[0].messages[0]));
    }
}
