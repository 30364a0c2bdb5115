//! All prompts of a small debate, in the wording of each scale.

use std::{fmt::Write as _, sync::Arc};

use synod_domain::{Brief, Scale};
use synod_inference::{ChatRequest, ReplyForm, ScriptedModel};

use crate::{briefs, call_harness::CallHarness};

/// Renders the prompts for a model of `scale` in a debate whose smallest model is `smallest`.
async fn prompts(scale: Scale, smallest: Scale) -> String {
    let harness = CallHarness::new(
        ScriptedModel::new("m").with_info(|info| info.continues_reply = scale == Scale::Tiny),
        scale,
    );
    let mut pages = String::new();
    for (title, brief) in briefs::debate() {
        // Roles are listed only if all agents use one model.
        let roles = if scale == smallest { brief.roles.clone() } else { Arc::default() };
        let request = harness.request(Brief { smallest, roles, ..brief }).await;
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
async fn prompts_of_tiny_models() {
    insta::assert_snapshot!("tiny", prompts(Scale::Tiny, Scale::Tiny).await);
}

#[tokio::test]
async fn prompts_of_small_models() {
    insta::assert_snapshot!("small", prompts(Scale::Small, Scale::Small).await);
}

#[tokio::test]
async fn prompts_of_regular_models() {
    insta::assert_snapshot!("regular", prompts(Scale::Regular, Scale::Regular).await);
}

#[tokio::test]
async fn prompts_of_regular_models_beside_small_ones() {
    let beside_tiny = prompts(Scale::Regular, Scale::Tiny).await;
    assert_eq!(beside_tiny, prompts(Scale::Regular, Scale::Small).await);
    insta::assert_snapshot!("regular_beside_small", beside_tiny);
}

/// With two system messages, a host could not reuse its cached state.
#[tokio::test]
async fn all_calls_share_one_system_message() {
    const SCALES: [Scale; 3] = [Scale::Tiny, Scale::Small, Scale::Regular];
    for smallest in SCALES {
        let mut system_messages = Vec::new();
        for scale in SCALES.into_iter().filter(|scale| *scale >= smallest) {
            let harness = CallHarness::new(ScriptedModel::new("m"), scale);
            for (_, brief) in briefs::debate() {
                let request = harness.request(Brief { smallest, ..brief }).await;
                system_messages.push(request.messages[0].clone());
            }
        }
        assert!(system_messages.iter().all(|message| *message == system_messages[0]));
    }
}
