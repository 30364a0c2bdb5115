use super::*;
use crate::HostModels;

#[tokio::test]
async fn texts_are_embedded_whole_or_not_at_all() {
    let fake = serving(&["embedding"]).await;
    let vectors = json!([[0.6, 0.8], [1.0, 0.0]]);
    let reply = json!({"embeddings": vectors, "prompt_eval_count": 7});
    fake.replace("/api/embed", Answer::json(&reply));
    let host = host(&fake);
    let info = host.models().await.unwrap().remove(0);
    let texts = vec!["tea".to_owned(), "coffee".to_owned()];
    let embeddings = host.embed(&info, texts.clone()).await.unwrap();
    assert_eq!(embeddings.vectors, [[0.6, 0.8], [1.0, 0.0]]);
    assert_eq!(embeddings.prompt_tokens, Some(7));
    let request = fake.requests("/api/embed").remove(0);
    assert_eq!(request["input"], json!(["tea", "coffee"]));
    assert_eq!((&request["truncate"], request.get("keep_alive")), (&json!(false), None));

    fake.replace("/api/embed", Answer::json(&json!({"embeddings": [[1.0]]})));
    let error = host.embed(&info, texts.clone()).await.unwrap_err();
    assert!(matches!(error, ChatError::Failed { .. } | ChatError::Refused { .. }), "{error:?}");
    let unknown = json!({"error": "model \"qwen3:4b\" not found, try pulling it first"});
    fake.replace("/api/embed", Answer::status(404, &unknown));
    let error = host.embed(&info, texts).await.unwrap_err();
    assert!(matches!(error, ChatError::ModelNotFound { .. }), "{error:?}");
}

#[tokio::test]
async fn an_embedding_that_nobody_waits_for_leaves_the_server() {
    let fake = serving(&["embedding"]).await;
    fake.replace("/api/embed", Answer::text(200, "{").then_silence());
    let gateway = gateway(host(&fake));
    let HostModels { models, .. } = gateway.models().await.remove(0);
    let embedder = gateway
        .embedder(&models.unwrap()[0], AdmissionClass::Normal, &Flow::default(), |_| {})
        .await
        .unwrap();
    let limit = Duration::from_millis(300);
    let error = embedder.embed(vec!["tea".to_owned()], limit).await.unwrap_err();
    assert!(matches!(error, ChatError::Deadline { .. }), "{error:?}");
    fake.left().await;
}
