//! The place of personas in prompts.

use std::sync::Arc;

use synod_domain::{BallotForm, Brief, Label, OwnAnswer, Persona, Scale};
use synod_inference::ScriptedModel;

use crate::{
    briefs,
    call_harness::{CallHarness, user},
};

async fn prompt(scale: Scale, brief: Brief) -> String {
    let request = CallHarness::new(ScriptedModel::new("m"), scale).request(brief).await;
    user(&request).to_owned()
}

/// A prompt that assigned roles to speakers would break their anonymity.
#[tokio::test]
async fn all_prompts_list_the_roles_and_each_names_its_own() {
    let mut shared = Vec::new();
    for (speaker, role) in briefs::roles().iter().enumerate() {
        let label = Label::of(speaker);
        let brief = Brief { label: Some(label), persona: Some(role.clone()), ..briefs::argument() };
        let prompt = prompt(Scale::Regular, brief).await;
        let (before, own) = prompt.rsplit_once("\n\n").unwrap();
        assert!(own.starts_with(&format!("You are {label} in role R{}.", speaker + 1)), "{own}");
        assert_eq!(prompt.matches(" in role R").count(), 1);
        for role in briefs::roles().iter() {
            assert_eq!(prompt.matches(&*role.expertise).count(), 1, "{prompt}");
        }
        shared.push(before.to_owned());
    }
    assert_eq!(shared[0], shared[1]);
}

#[tokio::test]
async fn long_roles_and_small_models_get_only_their_own_persona() {
    let long = Persona { expertise: "a friend of trees ".repeat(100).into(), voice: "".into() };
    let own = briefs::roles()[0].clone();
    let late = briefs::ballot(briefs::form());
    let brief = Brief { roles: [own, long].into(), ..late.clone() };
    for (scale, brief) in
        [(Scale::Regular, brief), (Scale::Small, late.clone()), (Scale::Tiny, late)]
    {
        let prompt = prompt(scale, brief).await;
        assert!(prompt.contains("You are Speaker B, a critic"), "{prompt}");
        assert!(!prompt.contains("a friend of") && !prompt.contains("R1"), "{prompt}");
    }
}

/// A list of all personas would displace more statements.
#[tokio::test]
async fn prompts_in_small_windows_have_only_their_own_persona() {
    let brief = Brief { round: 3, ..briefs::ballot(briefs::form()) };
    let model = ScriptedModel::new("m").with_info(|info| info.window = Some(1_300));
    let request = CallHarness::new(model, Scale::Regular).request(brief).await;
    assert!(user(&request).contains("left out here"), "{}", user(&request));
    assert!(user(&request).contains("You are Speaker B, a critic"), "{}", user(&request));
    assert!(!user(&request).contains("Roles of"), "{}", user(&request));
}

#[tokio::test]
async fn shorter_lengths_are_stated_with_the_instruction() {
    let usual = prompt(Scale::Regular, briefs::argument()).await;
    assert_eq!(usual.matches("at most 130 words").count(), 1);
    assert!(usual.ends_with("\nArgue, or PASS."), "{usual}");
    let short = prompt(Scale::Regular, Brief { max_tokens: 90, ..briefs::argument() }).await;
    assert!(short.ends_with("\nArgue in at most 30 words, or PASS."), "{short}");
}

/// If the opening answers with an option, the ballot names the option; otherwise it shows the opening.
#[tokio::test]
async fn blind_ballots_show_the_own_answer_or_else_the_opening() {
    let blind = |opening: &str| Brief {
        transcript: Arc::default(),
        own_answer: Some(OwnAnswer::Opening(opening.into())),
        round: 0,
        ..briefs::ballot(BallotForm { moved_by: None, ..briefs::form() })
    };
    for scale in [Scale::Regular, Scale::Small] {
        let own = |opening| async move {
            let prompt = prompt(scale, Brief { smallest: scale, ..blind(opening) }).await;
            prompt.rsplit_once("\n\n").unwrap().1.to_owned()
        };
        let of_an_option = own("**Answer:** no, keep the street open.\nIt is the only way.").await;
        let known = if scale == Scale::Regular { ": O2." } else { "\"No, keep the street open\"" };
        assert!(of_an_option.contains(known), "{of_an_option}");
        assert!(!of_an_option.contains("only way"), "{of_an_option}");
        let of_none = own("Answer: wait a year\nIt is the only way.").await;
        assert!(of_none.contains("You said: \"Answer: wait a year. It is the only way.\""));
    }
}

/// Small models get only the name of their role. The order of the options is in the schema alone: in the
/// prompt, small models take it for advice.
#[tokio::test]
async fn small_models_get_a_short_instruction_to_vote() {
    for scale in [Scale::Small, Scale::Tiny] {
        let ballot = Brief { smallest: scale, ..briefs::ballot(briefs::form()) };
        let prompt = prompt(scale, ballot).await;
        let own = "\n\nYou are Speaker B, a critic.\n\n\
                   Your answer so far: \"No, keep the street open\". Vote now.";
        assert!(prompt.ends_with(own), "{prompt}");
    }
}
