//! The first debate in the README of `synod-runtime`.

use synod_runtime::{OpenError, PrepareError, Synod};
use synod_tests::{FakeOllama, Settings as Pace};

use crate::test_system::sound_log;

#[tokio::test]
async fn ten_lines_run_a_debate_on_ollama() {
    let ollama = FakeOllama::start(Pace::default()).await.unwrap();
    let synod = Synod::ollama(&ollama.url()).unwrap().build();
    let debate = synod
        .debate("Should a small town close its centre to cars?")
        .options(["Yes, close it", "No, keep it open"])
        .agents(["analyst", "critic", "pragmatist"])
        .rounds(1)
        .start()
        .await
        .unwrap();
    let verdict = debate.finished().await.unwrap();
    assert_eq!(verdict.of, 3);
    assert!(ollama.stats().generations > 0, "the host was asked");
    sound_log(&debate).await;
    synod.close().await;
}

#[tokio::test]
async fn a_debate_that_cannot_begin_returns_the_reason() {
    let ollama = FakeOllama::start(Pace::default()).await.unwrap();
    let synod = Synod::ollama(&ollama.url()).unwrap().build();
    let unknown = synod.debate("Tabs?").agents(["analyst", "analist"]).start().await.unwrap_err();
    assert!(matches!(unknown, OpenError::Prepare(PrepareError::Assignment(_))), "{unknown:?}");
    assert!(unknown.to_string().contains("did you mean `analyst`?"), "{unknown}");
    let one_option = synod.debate("Tabs?").options(["Yes"]).start().await.unwrap_err();
    assert!(matches!(one_option, OpenError::Prepare(PrepareError::Config(_))), "{one_option:?}");
    assert!(Synod::ollama("ftp://127.0.0.1").is_err());
}
