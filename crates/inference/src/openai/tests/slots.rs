//! The slot of a server that a call names.

use super::*;

/// As llama.cpp's server: two slots, reported beside the version.
#[tokio::test]
async fn a_call_names_the_llama_cpp_slot_whose_prompt_it_extends() {
    let models = json!({"data": [{"id": "m", "owned_by": "llamacpp"}]});
    let fake = FakeServer::start()
        .await
        .answering(MODELS, Answer::json(&models))
        .answering("/props", Answer::json(&json!({"total_slots": 2, "model_path": "m.gguf"})))
        .answering(CHAT, tea("stop"));
    let model = only(&fake).await;
    let about = |topic: &str, said: &str| ChatRequest {
        messages: vec![Message::system("Be brief."), Message::user(format!("{topic}? {said}"))],
        ..request(ReplyForm::Text)
    };
    let tea_or_coffee = "Tea or coffee, and at what time of the day";
    for prompt in [
        about(tea_or_coffee, ""),
        about("Dogs or cats, and how many of them", ""),
        about(tea_or_coffee, "Tea."),
    ] {
        let events: Vec<_> = model.chat(prompt).collect().await;
        assert!(events.iter().all(Result::is_ok), "{events:?}");
    }
    let slots: Vec<_> = fake.requests(CHAT).iter().map(|body| body["id_slot"].clone()).collect();
    assert_eq!(slots, [0, 1, 0]);
}

#[tokio::test]
async fn other_servers_are_sent_no_slot() {
    let fake = serving(tea("stop")).await;
    let _: Vec<_> = only(&fake).await.chat(request(ReplyForm::Text)).collect().await;
    assert_eq!(fake.requests(CHAT)[0].get("id_slot"), None);
}
