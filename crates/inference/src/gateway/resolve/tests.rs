use super::*;

const GIB: u64 = 1 << 30;

fn name(text: &str) -> HostName {
    HostName::new(text).unwrap()
}

fn info(model: &str, family: &str, gib: u64) -> ModelInfo {
    ModelInfo::new(name("local"), ModelName::new(model).unwrap())
        .with_family(family.to_owned())
        .with_size(gib * GIB)
}

fn loaded(info: ModelInfo) -> ModelInfo {
    ModelInfo { loaded: true, ..info }
}

fn host(host: &str, infos: impl IntoIterator<Item = ModelInfo>) -> HostModels {
    let host = name(host);
    let infos = infos.into_iter().map(|info| ModelInfo { host: host.clone(), ..info }).collect();
    HostModels { host, models: Ok(infos) }
}

fn down(host: &str) -> HostModels {
    let limit = std::time::Duration::from_secs(5);
    HostModels { host: name(host), models: Err(HostError::TimedOut { limit }) }
}

fn wanted(host: Option<&str>, model: Option<&str>) -> RequestedModel {
    RequestedModel {
        host: host.map(name),
        model: model.map(|model| ModelName::new(model).unwrap()),
    }
}

/// No model was called yet, and one host is avoided.
struct Nothing {
    avoided: &'static str,
}

impl Experience for Nothing {
    fn install_hint(&self, _: &HostName, model: Option<&ModelName>) -> Option<String> {
        Some(format!("pull {}", model.map_or("any", ModelName::as_str)))
    }

    fn rank(&self, info: &ModelInfo) -> HostRank {
        let mut standing = HostRank::idle(info);
        standing.is_avoided = self.is_avoided(&info.host);
        standing
    }

    fn refusal(&self, _: &ModelInfo) -> Option<ModelRefusal> {
        None
    }

    fn fails(&self, _: &ModelInfo) -> bool {
        false
    }

    fn unlisted_model(&self, _: &HostName, _: &ModelName) -> Option<ModelInfo> {
        None
    }

    fn is_avoided(&self, host: &HostName) -> bool {
        host.as_str() == self.avoided
    }
}

/// The chosen models as `host/model`.
fn chosen(wanted: &[RequestedModel], listings: &[HostModels]) -> Result<Vec<String>, ResolveError> {
    chosen_by(&Nothing { avoided: "none" }, wanted, listings)
}

fn chosen_by(
    experience: &Nothing,
    wanted: &[RequestedModel],
    listings: &[HostModels],
) -> Result<Vec<String>, ResolveError> {
    let infos = choose(wanted, listings, experience)?;
    Ok(infos.iter().map(|info| format!("{}/{}", info.host, info.model)).collect())
}

fn unnamed(requests: usize, infos: impl IntoIterator<Item = ModelInfo>) -> Vec<String> {
    chosen(&vec![RequestedModel::default(); requests], &[host("local", infos)]).unwrap()
}

#[test]
fn one_model_serves_all_seats() {
    assert_eq!(unnamed(3, [info("qwen3:8b", "qwen3", 5)]), ["local/qwen3:8b"; 3]);
}

#[test]
fn two_families_take_turns_and_a_third_is_left_out() {
    let infos = [
        info("qwen3:8b", "qwen3", 5),
        info("qwen3:4b", "qwen3", 3),
        info("llama3.2:3b", "llama", 2),
        info("gemma3:1b", "gemma3", 1),
    ];
    let expected = ["local/qwen3:8b", "local/llama3.2:3b", "local/qwen3:8b", "local/llama3.2:3b"];
    assert_eq!(unnamed(4, infos), expected);
}

#[test]
fn a_loaded_model_goes_before_a_better_one_that_is_not() {
    let infos = [info("qwen3:8b", "qwen3", 5), loaded(info("llama3.2:1b", "llama", 1))];
    assert_eq!(unnamed(2, infos), ["local/llama3.2:1b", "local/qwen3:8b"]);
}

#[test]
fn a_large_model_is_taken_only_if_loaded_or_alone() {
    let (large, small) = (info("llama3.3:70b", "llama", 40), info("gemma3:4b", "gemma3", 3));
    assert_eq!(unnamed(2, [large.clone(), small.clone()]), ["local/gemma3:4b"; 2]);
    assert_eq!(unnamed(1, [large.clone()]), ["local/llama3.3:70b"]);
    let both = ["local/llama3.3:70b", "local/gemma3:4b"];
    assert_eq!(unnamed(2, [loaded(large), small]), both);
}

#[test]
fn demo_models_serve_only_where_there_is_nothing_else() {
    let demo = || ModelInfo { demo: true, ..loaded(info("smollm2", "llama", 0)) };
    assert_eq!(unnamed(1, [demo(), info("gemma3:4b", "gemma3", 3)]), ["local/gemma3:4b"]);
    assert_eq!(unnamed(1, [demo()]), ["local/smollm2"]);
}

#[test]
fn models_that_embed_or_are_remote_are_not_taken_unnamed() {
    let infos = || {
        [
            ModelInfo {
                chats: false,
                kind: Some(ModelKind::Embedding),
                ..loaded(info("nomic-embed-text:latest", "bert", 1))
            },
            ModelInfo { remote: true, ..info("gpt-oss:120b-cloud", "gptoss", 0) },
        ]
    };
    let error = chosen(&[wanted(None, None)], &[host("local", infos())]).unwrap_err();
    assert_eq!(
        error.to_string(),
        "no model that can chat on local; nomic-embed-text:latest is left out: it is an embedding \
         model; gpt-oss:120b-cloud runs beyond this network and is used only if it is named; try \
         `pull any`"
    );
    let named = chosen(&[wanted(None, Some("gpt-oss:120b-cloud"))], &[host("local", infos())]);
    assert_eq!(named.unwrap(), ["local/gpt-oss:120b-cloud"]);
}

#[test]
fn the_first_host_is_preferred_to_a_larger_model() {
    let listings = [
        host("desk", [info("gemma3:4b", "gemma3", 3)]),
        host("shelf", [info("qwen3:8b", "gemma3", 5)]),
    ];
    assert_eq!(chosen(&[wanted(None, None)], &listings).unwrap(), ["desk/gemma3:4b"]);
}

#[test]
fn a_seat_may_name_its_host_only() {
    let listings = [
        host("desk", [info("gemma3:4b", "gemma3", 3)]),
        host("shelf", [info("qwen3:8b", "qwen3", 5)]),
    ];
    let requests = [wanted(Some("shelf"), None), wanted(None, None), wanted(Some("shelf"), None)];
    let expected = ["shelf/qwen3:8b", "desk/gemma3:4b", "shelf/qwen3:8b"];
    assert_eq!(chosen(&requests, &listings).unwrap(), expected);
}

#[test]
fn a_named_model_is_found_where_it_is_loaded() {
    let model = || info("gemma3:4b", "gemma3", 3);
    let listings = [host("desk", [model()]), host("shelf", [loaded(model())])];
    let requests = [wanted(None, Some("gemma3:4b")), wanted(Some("desk"), Some("gemma3:4b"))];
    assert_eq!(chosen(&requests, &listings).unwrap(), ["shelf/gemma3:4b", "desk/gemma3:4b"]);
}

#[test]
fn latest_is_implied_only_where_no_tag_is_named() {
    let listings = [host("local", [info("llama3.2:latest", "llama", 2)])];
    let found = chosen(&[wanted(None, Some("llama3.2"))], &listings).unwrap();
    assert_eq!(found, ["local/llama3.2:latest"]);
    assert!(chosen(&[wanted(None, Some("llama3.2:1b"))], &listings).is_err());
    let listings = [host("local", [info("hub:8080/me/poet:latest", "llama", 2)])];
    let found = chosen(&[wanted(None, Some("hub:8080/me/poet"))], &listings).unwrap();
    assert_eq!(found, ["local/hub:8080/me/poet:latest"]);
}

#[test]
fn a_missing_model_is_never_replaced() {
    let listings = [host("desk", [info("gemma3:4b", "gemma3", 3)]), down("shelf")];
    let error = chosen(&[wanted(None, Some("gemma3"))], &listings).unwrap_err();
    let expected = "no model gemma3 on desk (did you mean `gemma3:4b`?); shelf: no answer within 5 s; try `pull gemma3`";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn a_named_host_that_is_down_is_an_error_of_its_own() {
    let listings = [host("desk", [info("gemma3:4b", "gemma3", 3)]), down("shelf")];
    for model in [None, Some("gemma3:4b")] {
        let error = chosen(&[wanted(Some("shelf"), model)], &listings).unwrap_err();
        assert!(matches!(error, ResolveError::HostUnavailable { .. }), "{error}");
    }
}

#[test]
fn a_named_model_that_only_embeds_is_refused() {
    let embeds = ModelInfo { chats: false, ..info("nomic-embed-text:latest", "bert", 1) };
    let error = chosen(&[wanted(None, Some("nomic-embed-text"))], &[host("desk", [embeds])]);
    assert!(matches!(error.unwrap_err(), ResolveError::CannotChat { .. }));
}

#[test]
fn a_host_that_rests_is_taken_last() {
    let near = host("near", [loaded(info("a", "llama", 4))]);
    let far = host("far", [info("a", "llama", 4), info("b", "qwen2", 1)]);
    let listings = [near, far];
    let avoided = |host| Nothing { avoided: host };
    let named = [wanted(None, Some("a"))];
    assert_eq!(chosen_by(&avoided("none"), &named, &listings).unwrap(), ["near/a"]);
    assert_eq!(chosen_by(&avoided("near"), &named, &listings).unwrap(), ["far/a"]);
    let any = [RequestedModel::default()];
    assert_eq!(chosen_by(&avoided("near"), &any, &listings).unwrap(), ["far/a"]);
    let pinned = [wanted(Some("near"), Some("a"))];
    assert_eq!(chosen_by(&avoided("near"), &pinned, &listings).unwrap(), ["near/a"]);
}

fn tiny(model: &str) -> ModelInfo {
    ModelInfo { parameters: Some(135_000_000), ..info(model, "llama", 0) }
}

fn doubtful(info: ModelInfo) -> ModelInfo {
    ModelInfo { kind: None, guessed: true, ..info }
}

#[test]
fn a_tiny_model_is_not_chosen_if_a_larger_one_exists() {
    let small = || ModelInfo { parameters: Some(1_500_000_000), ..info("qwen2:1.5b", "qwen2", 1) };
    let large = || info("llama3.3:70b", "llama", 40);
    assert_eq!(unnamed(2, [loaded(tiny("a")), small()]), ["local/qwen2:1.5b"; 2]);
    assert_eq!(unnamed(2, [loaded(tiny("a")), large()]), ["local/llama3.3:70b"; 2]);
    assert_eq!(unnamed(2, [loaded(tiny("a"))]), ["local/a"; 2]);
    let elsewhere = [host("near", [loaded(tiny("a"))]), host("far", [small()])];
    assert_eq!(chosen(&[RequestedModel::default()], &elsewhere).unwrap(), ["far/qwen2:1.5b"]);
    let avoided = Nothing { avoided: "far" };
    let taken = chosen_by(&avoided, &[RequestedModel::default()], &elsewhere).unwrap();
    assert_eq!(taken, ["near/a"], "a host that fails is of no use");
    let named = [wanted(None, Some("a")), wanted(Some("near"), None)];
    assert_eq!(chosen(&named, &elsewhere).unwrap(), ["near/a", "near/a"]);
    let demo = ModelInfo { demo: true, ..loaded(tiny("smollm2")) };
    assert_eq!(unnamed(1, [demo, tiny("a")]), ["local/a"], "a demo model comes after that");
}

#[test]
fn a_model_that_is_not_known_to_chat_comes_after_those_that_are() {
    let infos = [loaded(doubtful(info("mine", "mine", 4))), info("qwen3:4b", "qwen3", 3)];
    assert_eq!(unnamed(1, infos.clone()), ["local/qwen3:4b"]);
    assert_eq!(unnamed(2, infos), ["local/qwen3:4b", "local/mine"]);
    let infos = [doubtful(info("mine", "mine", 4)), loaded(tiny("a"))];
    assert_eq!(unnamed(1, infos), ["local/mine"], "but before tiny ones");
}

#[test]
fn a_model_whose_kind_does_not_chat_is_left_out_with_the_reason() {
    let kind = Some(ModelKind::Embedding);
    let embeds = || ModelInfo { chats: false, kind, guessed: true, ..info("bge-m3", "bert", 1) };
    let why = "its name says that it is an embedding model";
    let error = chosen(&[wanted(None, Some("bge-m3"))], &[host("desk", [embeds()])]).unwrap_err();
    assert_eq!(error.to_string(), format!("bge-m3 on desk cannot chat: {why}"));
    let error = chosen(&[wanted(None, None)], &[host("desk", vec![embeds(); 5])]).unwrap_err();
    let left_out = format!("; bge-m3 is left out: {why}").repeat(3);
    let expected =
        format!("no model that can chat on desk{left_out}; 2 more are left out; try `pull any`");
    assert_eq!(error.to_string(), expected);
}

mod laws {
    use proptest::prelude::*;

    use super::*;

    fn any_info() -> impl Strategy<Value = ModelInfo> {
        let sizes = prop::sample::select(vec![None, Some(135_000_000), Some(1_500_000_000)]);
        let parts = (0..6_u8, sizes, any::<bool>(), any::<bool>(), any::<bool>(), 0..12_u64);
        parts.prop_map(|(number, parameters, is_loaded, guessed, demo, gib)| ModelInfo {
            parameters,
            loaded: is_loaded,
            guessed,
            kind: (!guessed).then_some(ModelKind::Chat),
            demo: demo && number == 0,
            ..info(&format!("m{number}"), &format!("family{}", number % 3), gib)
        })
    }

    proptest! {
        #[test]
        fn tiny_models_are_chosen_last(
            near in prop::collection::vec(any_info(), 0..6),
            far in prop::collection::vec(any_info(), 0..6),
            requests in 1..5_usize,
            avoided in prop::sample::select(vec!["none", "near", "far"]),
        ) {
            let listings = [host("near", near), host("far", far)];
            let wanted = vec![RequestedModel::default(); requests];
            let Ok(taken) = choose(&wanted, &listings, &Nothing { avoided }) else {
                prop_assert!(listings.iter().all(|listing| listing.models.as_ref().unwrap().is_empty()));
                return Ok(());
            };
            let all: Vec<_> = listings.iter().flat_map(|listing| listing.models.as_ref().unwrap()).collect();
            let serves = |info: &&&ModelInfo| info.host.as_str() != avoided && !info.demo;
            let larger = all.iter().filter(serves).find(|info| info.scale() != Scale::Tiny);
            if let Some(larger) = larger {
                for info in &taken {
                    prop_assert!(info.scale() != Scale::Tiny, "{info:?} instead of {larger:?}");
                }
                let known = all.iter().filter(serves).any(|info| {
                    info.scale() != Scale::Tiny && info.kind == Some(ModelKind::Chat)
                });
                prop_assert!(!known || taken[0].kind == Some(ModelKind::Chat));
            }
        }
    }
}
