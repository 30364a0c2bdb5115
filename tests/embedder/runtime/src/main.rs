//! A debate among three functions: no model, no network, no server.

use std::error::Error;

use synod_runtime::{ParticipantCall, Synod, participant_fn};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let monday = |call: ParticipantCall| async move {
        call.answer("Monday", "On Mondays everyone is in the office.")
    };
    let thursday = |call: ParticipantCall| async move {
        call.answer("Thursday", "By Thursday the week is known.")
    };
    let synod = Synod::without_models()
        .with_participant("ann", participant_fn(monday))
        .with_participant("bob", participant_fn(thursday))
        .with_participant("cleo", participant_fn(monday))
        .build();
    let debate = synod
        .debate("On which day should the team meet?")
        .options(["Monday", "Thursday"])
        .agents(["ann", "bob", "cleo"])
        .threshold(0.6)
        .start()
        .await?;
    let verdict = debate.finished().await?;
    println!("{}", synod.transcript(debate.id()).await?.to_markdown());
    let answer = verdict.answer.as_ref().map_or("none", |option| &option.text);
    println!(
        "verdict: {answer} ({}; {} of {})",
        verdict.outcome.as_str(),
        verdict.votes,
        verdict.of
    );
    synod.close().await;
    Ok(())
}
